"""What routines look at and act through, and what may become one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from daemon.tools.tool import Occasion, ToolResult
from memory.history import History
from models.ports import ToolCall
from sensors.entities import Entity, EntityState

USED_BY_PEOPLE: Final[Mapping[str, frozenset[str]]] = {
    "light": frozenset(("on", "off")),
    "switch": frozenset(("on", "off")),
    "fan": frozenset(("on", "off")),
    "cover": frozenset(("open", "closed")),
    "lock": frozenset(("locked",)),
}
"""Domains, and the states of them, that may become routines."""

_GUARDED: Final = frozenset(("garage", "gate", "door"))
"""Device classes of covers that nobody opens or closes by habit."""

_TELLING: Final = frozenset(("occupancy", "presence", "motion", "home"))
"""Device classes whose state may be a condition; people and device trackers are too."""


class Things(Protocol):
    """What there is and how it is now; see `sensors.registry.Registry`."""

    def entities(self) -> Sequence[Entity]:
        """All there are."""

    def get(self, entity_id: str) -> Entity | None:
        """One of them."""

    def state(self, entity_id: str) -> EntityState:
        """How it is now."""


@dataclass(frozen=True, slots=True)
class House:
    """What anticipation looks at and acts through.

    Attributes:
        registry: entities and their states now.
        history: their states before.
        call: the gate.
        asks: whether somebody would be asked before a call.
    """

    registry: Things
    history: History
    call: Callable[[ToolCall, Occasion], Awaitable[ToolResult]]
    asks: Callable[[ToolCall, Occasion], bool]


def call_for(entity: Entity, value: object, key: str) -> ToolCall:
    """The call that brings an entity to a state."""
    name = "HassTurnOn" if value in ("on", "open", "locked") else "HassTurnOff"
    # Its id, since another thing may have its name, or get it later.
    return ToolCall(name, {"name": entity.id, "domain": entity.domain}, key=key)


def is_used_by_people(entity: Entity) -> bool:
    """Whether a thing is one that people have habits with, and that lets nobody in."""
    guarded = entity.domain == "cover" and entity.device_class in _GUARDED
    return entity.domain in USED_BY_PEOPLE and not guarded


def tells(entity: Entity) -> bool:
    """Whether its state may be a condition."""
    if entity.domain in ("person", "device_tracker"):
        return True
    return entity.domain == "binary_sensor" and entity.device_class in _TELLING
