"""States as the package's response templates expect them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.intents.grammar import Grammar

_LISTS = {"cover": "cover_states", "lock": "lock_states", "valve": "cover_states"}
"""Lists of the package that say a domain's states."""


class Sayings:
    """How a language says states: "on" of a battery's sensor is "low"."""

    def __init__(self, grammar: Grammar, states: Mapping[str, str]) -> None:
        """Take the sentences, whose lists name the states, and our own words for some."""
        self._grammar = grammar
        self._states = states

    def of(self, domain: str, device_class: str, state: str) -> str:
        """A state as it is said."""
        name = f"bs_{device_class}_states" if domain == "binary_sensor" else _LISTS.get(domain, "")
        said = self._grammar.sayings(name).get(state)
        return said or self._states.get(state) or state.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Observed:
    """One entity as it was observed, named as in the templates.

    Attributes:
        entity_id: of it.
        name: what people call it.
        domain: of it.
        state: as it is said.
        unit: of the state.
        raw: the state as it is written.
        attributes: whole numbers without a fraction.
        known: whether anything was ever heard from it.
    """

    entity_id: str
    name: str
    domain: str
    state: str
    unit: str = ""
    raw: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    known: bool = True

    @property
    def state_with_unit(self) -> str:
        """The state as it is said, with its unit."""
        return f"{self.state} {self.unit}" if self.unit else self.state


def observed(value: Mapping[str, Any], part: str, sayings: Sayings) -> list[Observed]:
    """The records of a result.

    Args:
        value: of the result.
        part: "matched" or "unmatched".
        sayings: of its language.
    """
    records = value.get(part, ())
    return [_observed(record, sayings) for record in records if isinstance(record, Mapping)]


def _observed(record: Mapping[str, Any], sayings: Sayings) -> Observed:
    raw = str(record.get("state", ""))
    domain = str(record.get("domain", ""))
    return Observed(
        str(record.get("entity", "")),
        str(record.get("name", "")),
        domain,
        sayings.of(domain, str(record.get("device_class", "")), raw),
        str(record.get("unit", "")),
        raw,
        {name: _whole(one) for name, one in (record.get("attributes") or {}).items()},
        bool(record.get("known", True)),
    )


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value == int(value) else value
