"""What takes a command back, from the state that was observed before it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from daemon.tools.confirmation import lets_in
from daemon.tools.states import is_certain, word
from sensors.entities import Command, Entity, EntityState
from sensors.events import Value

RESTORE: Final = "AuricleRestore"
"""The tool that puts former states back; only an undo calls it."""


class Former(BaseModel):
    """One command of an undo, as the arguments of `RESTORE` keep it."""

    model_config = ConfigDict(extra="forbid")

    entity: Annotated[str, Field(max_length=300)]
    service: Annotated[str, Field(max_length=60)]
    arguments: dict[str, bool | float | str] = {}

    def command(self) -> Command:
        """What is to be commanded."""
        return Command(self.entity, self.service, self.arguments)


def inverse(entity: Entity, command: Command, before: EntityState) -> Command | None:
    """The command that brings back what was before another one.

    Nothing takes back the locking of a door or the closing of a garage, since that would open the
    house; nor what has no state (scenes, the next track), nor a change of what was not known for
    certain before.

    Args:
        entity: that was commanded.
        command: that was given.
        before: what was observed before it was.
    """
    if not is_certain(before):
        return None
    back = _BACK.get((entity.domain, command.service)) or _BACK.get(("", command.service))
    made = back(word(before.value), before.attributes) if back else None
    if made is None:
        return None
    taken = Command(command.entity, made[0], made[1])
    return None if lets_in(entity, taken) else taken


_Made = tuple[str, Mapping[str, Value]] | None
_Back = Callable[[str, Mapping[str, Value]], _Made]
"""From the former state and attributes: the service and its arguments, None for no way back."""


def _some(attributes: Mapping[str, Value], *names: str) -> dict[str, Value]:
    return {name: attributes[name] for name in names if attributes.get(name) not in {None, ""}}


def _power(state: str, _attributes: Mapping[str, Value]) -> _Made:
    return ("turn_off" if state == "off" else "turn_on", {}) if state else None


def _lit(state: str, attributes: Mapping[str, Value]) -> _Made:
    if state != "on":
        return _power(state, attributes)
    # A lamp has a colour or a colour temperature; whoever tells both says which by its mode.
    warm = attributes.get("color_mode") == "color_temp" or "color" not in attributes
    tint = "color_temp" if warm else "color"
    return "turn_on", _some(attributes, "brightness", tint)


def _blown(state: str, attributes: Mapping[str, Value]) -> _Made:
    speed = _some(attributes, "percentage")
    return ("set_speed", speed) if state == "on" and speed else _power(state, attributes)


def _heated(state: str, _attributes: Mapping[str, Value]) -> _Made:
    return ("turn_off", {}) if state == "off" else ("set_mode", {"mode": state})


def _moved(state: str, attributes: Mapping[str, Value]) -> _Made:
    position = attributes.get("position")
    if isinstance(position, float | int) and 0 < position < 100:
        return "set_position", {"position": position}
    return {"open": ("open", {}), "closed": ("close", {})}.get(state)


def _bolted(state: str, _attributes: Mapping[str, Value]) -> _Made:
    return ("lock", {}) if state == "locked" else None


def _played(state: str, _attributes: Mapping[str, Value]) -> _Made:
    return {"playing": ("play", {}), "paused": ("pause", {})}.get(state)


def _driven(state: str, _attributes: Mapping[str, Value]) -> _Made:
    known = {
        "cleaning": "start", "mowing": "start", "paused": "pause", "idle": "stop",
        "docked": "return_home", "returning": "return_home",
    }  # fmt: skip
    return (known[state], {}) if state in known else None


def _attribute(service: str, name: str, argument: str = "") -> _Back:
    def back(_state: str, attributes: Mapping[str, Value]) -> _Made:
        former = attributes.get(name)
        return None if former in {None, ""} else (service, {argument or name: former})

    return back


def _heard(_state: str, attributes: Mapping[str, Value]) -> _Made:
    muted = attributes.get("muted")
    return None if muted is None else ("mute" if word(muted) == "on" else "unmute", {})


def _main(service: str, argument: str, convert: Callable[[str], Value]) -> _Back:
    def back(state: str, _attributes: Mapping[str, Value]) -> _Made:
        try:
            return service, {argument: convert(state)}
        except ValueError:
            return None

    return back


_BACK: Final[Mapping[tuple[str, str], _Back]] = {
    ("", "turn_on"): _power,
    ("", "turn_off"): _power,
    ("light", "turn_on"): _lit,
    ("light", "turn_off"): _lit,
    ("fan", "turn_on"): _blown,
    ("fan", "turn_off"): _blown,
    ("fan", "set_speed"): _blown,
    ("climate", "turn_on"): _heated,
    ("climate", "turn_off"): _heated,
    ("climate", "set_mode"): _heated,
    ("climate", "set_temperature"): _attribute("set_temperature", "temperature"),
    ("water_heater", "set_temperature"): _attribute("set_temperature", "temperature"),
    ("climate", "set_fan_mode"): _attribute("set_fan_mode", "fan_mode", "mode"),
    ("cover", "open"): _moved,
    ("cover", "close"): _moved,
    ("cover", "set_position"): _moved,
    ("valve", "open"): _moved,
    ("valve", "close"): _moved,
    ("valve", "set_position"): _moved,
    ("lock", "unlock"): _bolted,
    ("lock", "open"): _bolted,
    ("media_player", "play"): _played,
    ("media_player", "pause"): _played,
    ("media_player", "stop"): _played,
    ("media_player", "set_volume"): _attribute("set_volume", "volume"),
    ("media_player", "mute"): _heard,
    ("media_player", "unmute"): _heard,
    ("vacuum", "start"): _driven,
    ("vacuum", "pause"): _driven,
    ("vacuum", "stop"): _driven,
    ("vacuum", "return_home"): _driven,
    ("vacuum", "clean_area"): _driven,
    ("lawn_mower", "start"): _driven,
    ("lawn_mower", "pause"): _driven,
    ("lawn_mower", "return_home"): _driven,
    ("number", "set_value"): _main("set_value", "value", float),
    ("select", "select"): _main("select", "option", str),
}
"""By domain ("" for any) and service."""
