"""States and attributes of entities as people say them; nothing that their domain does not have."""

from collections.abc import Mapping

from sensors import domains, wording
from sensors.entities import Entity
from sensors.events import Reading

_WORDS = frozenset({"color", "colour", "fan mode", "fan_mode", "preset mode", "preset_mode"})
"""Attributes in words that are told when somebody asks for them."""

_QUOTED = frozenset({"title", "artist", "album"})
"""The same, in words that anybody may have written."""

_PERCENT = frozenset({"brightness", "position", "tilt", "volume", "percentage"})
"""Scales of sensors/entities.py."""


def state_said(entity: Entity, main: Reading, known: Mapping[str, Reading]) -> str:
    """A state in people's words: "on", "open, at 30 %", "heating, set to 21 °C, 19.5 °C now".

    Args:
        entity: whose state it is.
        main: its main reading.
        known: what else is known of its device, by attribute.

    Returns:
        "" for what such a thing cannot be: whoever publishes may say anything.
    """
    if not _is_possible(entity, main):
        return ""
    if entity.domain == "binary_sensor" and entity.device_class in domains.YES_OR_NO:
        yes, no = domains.YES_OR_NO[entity.device_class]
        return yes if wording.value("state", main.value) == "on" else no
    said = wording.measured(main)
    if entity.domain in ("climate", "water_heater"):
        return _climate(said, known)
    if entity.domain == "cover":
        return said + _partly(said, known.get("position"))
    if entity.domain == "device_tracker":
        return "away from home" if said == "not_home" else said
    return said.replace("_", " ") if entity.domain in domains.STATES else said


def _is_possible(entity: Entity, main: Reading) -> bool:
    states = domains.STATES.get(entity.domain)
    return states is None or isinstance(main.value, bool) or main.value in states


def attribute_said(reading: Reading) -> str:
    """An attribute's value in people's words; "" for what is not told."""
    if isinstance(reading.value, str):
        if reading.quantity in _QUOTED:
            return f'"{reading.value}"'
        return reading.value if reading.quantity in _WORDS else ""
    said = wording.measured(reading)
    return f"{said} %" if reading.quantity in _PERCENT and not reading.unit else said


def _climate(mode: str, known: Mapping[str, Reading]) -> str:
    action = known.get("action") or known.get("hvac_action")
    doing = str(action.value) if action else ""
    doing = domains.WORKING.get(doing, doing) if doing in domains.ACTIONS else ""
    is_on = mode != "off"
    parts = [doing if is_on and doing not in ("", "off") else mode.replace("_", " ")]
    target, current = known.get("temperature"), known.get("current_temperature")
    if is_on and target and isinstance(target.value, float):
        parts.append(f"set to {wording.measured(target)}")
    if current and isinstance(current.value, float):
        parts.append(f"{wording.measured(current)} now")
    return ", ".join(parts)


def _partly(said: str, position: Reading | None) -> str:
    """How far something is open that is neither open nor closed."""
    if said != "open" or position is None or not isinstance(position.value, float):
        return ""
    return f", at {wording.measured(position)}" if 0 < position.value < 100 else ""
