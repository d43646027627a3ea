"""Which thing of the house a topic speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors import phrases, quantities, topics
from sensors.payload import Refusal, Refused
from sensors.phrases import spoken

_ROLES = frozenset({"sensor", "sensors", "state", "status", "telemetry", "value"})
"""Last levels of a topic that name neither a thing nor a quantity."""

RADIO = frozenset(
    {
        "action", "calibration", "child lock", "click", "color mode", "color temp startup",
        "device temperature", "duration", "effect", "elapsed", "identify", "indicator mode",
        "keep time", "led indication", "linkquality", "motion sensitivity", "power on behavior",
        "power outage count", "sensitivity", "strength", "transition", "trigger count", "update",
        "update available",
    }
)  # fmt: skip
"""Properties that zigbee2mqtt adds for installers; nobody asks the house for them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a topic names.

    Attributes:
        device: stable id, e.g. "washing_machine" or "kitchen/floor_light".
        name: what people call it, e.g. "washing machine".
        prop: the property when the topic's last level is a known one, else "".
        unwanted: properties of its payloads that are of no use to people.
    """

    device: str
    name: str
    prop: str = ""
    unwanted: frozenset[str] = frozenset()


def thing(topic: str, filters: Sequence[str]) -> Thing:
    """The thing named by what the wildcards of the first matching filter stand for.

    Raises:
        Refused: no filter matches, or the topic carries no name or no state of a thing.
    """
    for pattern in filters:
        levels = topics.captured(pattern, topic)
        if levels is not None:
            return _named(levels, zigbee=pattern.startswith("zigbee2mqtt"))
    raise Refused(Refusal.UNKNOWN_TOPIC)


def _named(levels: list[str], *, zigbee: bool) -> Thing:
    if zigbee and (levels[0] == "bridge" or not {"set", "get"}.isdisjoint(levels[1:])):
        raise Refused(Refusal.NOT_A_SENSOR)
    last, prop = spoken(levels[-1]).lower(), ""
    if len(levels) > 1 and quantities.is_known(last) and last not in _ROLES:
        prop = last
    if prop or (len(levels) > 1 and last in _ROLES):
        levels = levels[:-1]
    device = phrases.name("/".join(levels))
    if device is None:
        raise Refused(Refusal.BAD_TOPIC)
    return Thing(device, spoken(device), prop, RADIO if zigbee else frozenset())
