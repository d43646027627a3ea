"""What a device will say of itself when it has done what it was told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sensors.discovery import colours
from sensors.entities import CannotDo, Command, Entity
from sensors.events import Value

Verdict = Literal["met", "coming", "pending", "contrary"]
"""met: so it is. coming: it has begun, and says so. pending: nothing can be said yet.
contrary: it is otherwise."""

BRIGHTNESS: Final = 2.0
"""Percent; lamps count in 254 steps."""

POSITION: Final = 3.0
"""Percent; motors stop where they stop."""

SPEED: Final = 17.0
"""Percent: half a step of a fan that has three."""

VOLUME: Final = 2.0
"""Percent; some players count in steps of 1/30."""

TEMPERATURE: Final = 0.3
"""Degrees; thermostats round to half a degree, or come from the other scale."""

MIREDS: Final = 0.04
"""Of the colour temperature: lamps round to whole mireds and bend to their own range."""

COLOUR: Final = 90.0
"""Distance of two colours in RGB: no lamp shows all of them, and each says which one it shows."""

_MOVING: Final = frozenset({"opening", "closing"})


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one attribute will be.

    Attributes:
        words: what it may say.
        others: it may say anything but `words`.
        coming: words that say it has begun, which is enough.
        pending: words that say it has begun, which is not.
        number: what it will measure, None for words.
        tolerance: of the number.
        glides: numbers between what it was and what it will be say it has begun.
        colour: "#rrggbb" or a CSS name that it will show, "" for words.
        enough: whether this alone proves the effect.
    """

    words: frozenset[str] = frozenset()
    others: bool = False
    coming: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    number: float | None = None
    tolerance: float = 0.0
    glides: bool = False
    colour: str = ""
    enough: bool = False

    def verdict(self, value: Value, before: Value | None) -> Verdict:
        """What a value says.

        Args:
            value: as observed.
            before: before the command, None when that is not known.
        """
        if self.number is not None:
            return self._of_number(self.number, value, before)
        if self.colour:
            return "met" if _is_near(self.colour, value) else "contrary"
        word = _word(value)
        if word in self.coming:
            return "coming"
        if word in self.pending or not self.words:
            return "pending"
        return "met" if (word in self.words) != self.others else "contrary"

    def _of_number(self, wanted: float, value: Value, before: Value | None) -> Verdict:
        if isinstance(value, str):
            return "contrary"
        if abs(value - wanted) <= self.tolerance + 1e-6:
            return "met"
        if self.glides and before is not None and not isinstance(before, str):
            low, high = sorted((before, wanted))
            return "coming" if low < value < high else "contrary"
        return "contrary"


def expected(entity: Entity, command: Command) -> Mapping[str, Expectation]:
    """What can be observed of a command's effect.

    Args:
        entity: that is commanded.
        command: for it.

    Returns:
        By attribute, "" for the main one. All have to be met, or one that is `enough`. Empty for
        what leaves no trace: a scene, a button, the next track.
    """
    rule = _RULES.get((entity.domain, command.service)) or _RULES.get(("", command.service))
    return rule(command.arguments) if rule else {}


Rule = Callable[[Mapping[str, Value]], Mapping[str, Expectation]]


def _says(*words: str, coming: tuple[str, ...] = (), pending: tuple[str, ...] = ()) -> Rule:
    expectation = Expectation(
        frozenset(words), coming=frozenset(coming), pending=frozenset(pending)
    )
    return lambda _: {"": expectation}


def _says_not(*words: str) -> Rule:
    expectation = Expectation(frozenset(words), others=True)
    return lambda _: {"": expectation}


def _repeats(argument: str, attribute: str) -> Rule:
    """An attribute, "" for the main one, will be what an argument said."""

    def rule(arguments: Mapping[str, Value]) -> Mapping[str, Expectation]:
        value = arguments.get(argument)
        return {} if value is None else {attribute: Expectation(frozenset({_word(value)}))}

    return rule


def _measures(argument: str, attribute: str, tolerance: float) -> Rule:
    def rule(arguments: Mapping[str, Value]) -> Mapping[str, Expectation]:
        number = _number(arguments.get(argument))
        return {} if number is None else {attribute: _about(number, tolerance)}

    return rule


def _turns_on(arguments: Mapping[str, Value]) -> Mapping[str, Expectation]:
    brightness = _number(arguments.get("brightness"))
    if brightness == 0:
        return _RULES["", "turn_off"]({})
    wanted = {"": Expectation(frozenset({"on"}))}
    if brightness is not None:
        wanted["brightness"] = _about(brightness, BRIGHTNESS, glides=True)
    if (kelvin := _number(arguments.get("color_temp"))) is not None:
        wanted["color_temp"] = _about(kelvin, MIREDS * kelvin, glides=True)
    if "color" in arguments:
        wanted["color"] = Expectation(colour=str(arguments["color"]))
    if "effect" in arguments:
        wanted["effect"] = Expectation(frozenset({_word(arguments["effect"])}))
    return wanted


def _blows(arguments: Mapping[str, Value]) -> Mapping[str, Expectation]:
    speed = _number(arguments.get("percentage"))
    if not speed:
        return _RULES["", "turn_off"]({})
    return {"": Expectation(frozenset({"on"})), "percentage": _about(speed, SPEED, glides=True)}


def _moves(state: str, on_the_way: str, position: float) -> Rule:
    """Many covers tell only where they are, and some only that they move."""
    wanted = {
        "": Expectation(frozenset({state}), coming=frozenset({on_the_way}), enough=True),
        "position": _about(position, POSITION, glides=True, enough=True),
    }
    return lambda _: wanted


def _moves_to(arguments: Mapping[str, Value]) -> Mapping[str, Expectation]:
    position = _number(arguments.get("position"))
    if position is None:
        return {}
    return {
        "": Expectation(coming=_MOVING, enough=True),
        "position": _about(position, POSITION, glides=True, enough=True),
    }


def _about(
    number: float, tolerance: float, *, glides: bool = False, enough: bool = False
) -> Expectation:
    return Expectation(number=number, tolerance=tolerance, glides=glides, enough=enough)


def _is_near(wanted: str, value: Value) -> bool:
    """Whether two colours look alike; brightness has an attribute of its own."""
    try:
        pairs = zip(_full(colours.rgb(wanted)), _full(colours.rgb(value)), strict=True)
    except CannotDo:
        return _word(wanted) == _word(value)
    return sum((one - other) ** 2 for one, other in pairs) <= COLOUR**2


def _full(colour: Sequence[float]) -> list[float]:
    """The colour at full brightness: lamps tell a chromaticity, which has no other."""
    brightest = max(colour)
    return [part * 255 / brightest if brightest else part for part in colour]


def _number(value: Value | None) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).strip().lower().replace("_", " ")


_RULES: Mapping[tuple[str, str], Rule] = {
    ("", "turn_on"): _says("on"),
    ("", "turn_off"): _says("off"),
    ("light", "turn_on"): _turns_on,
    ("climate", "turn_on"): _says_not("off"),
    ("media_player", "turn_on"): _says_not("off", "standby"),
    ("media_player", "turn_off"): _says("off", "standby"),
    ("fan", "set_speed"): _blows,
    ("", "open"): _moves("open", "opening", 100.0),
    ("", "close"): _moves("closed", "closing", 0.0),
    ("cover", "stop"): _says_not("opening", "closing"),
    ("valve", "stop"): _says_not("opening", "closing"),
    ("", "set_position"): _moves_to,
    # A bolt that is on its way has not locked anything.
    ("lock", "lock"): _says("locked", pending=("locking",)),
    ("lock", "unlock"): _says("unlocked", "open", pending=("unlocking",)),
    ("lock", "open"): _says("open", "unlocked", pending=("opening", "unlocking")),
    ("", "set_temperature"): _measures("temperature", "temperature", TEMPERATURE),
    ("", "set_mode"): _repeats("mode", ""),
    ("", "set_fan_mode"): _repeats("mode", "fan_mode"),
    ("media_player", "play"): _says("playing", coming=("buffering",)),
    ("media_player", "pause"): _says("paused", "idle"),
    ("media_player", "stop"): _says("idle", "stopped", "off", "standby", "paused"),
    ("media_player", "play_media"): _says("playing", coming=("buffering",)),
    ("media_player", "set_volume"): _measures("volume", "volume", VOLUME),
    ("media_player", "mute"): lambda _: {"muted": Expectation(frozenset({"on", "true"}))},
    ("media_player", "unmute"): lambda _: {"muted": Expectation(frozenset({"off", "false"}))},
    ("vacuum", "start"): _says("cleaning"),
    ("vacuum", "clean_area"): _says("cleaning"),
    ("lawn_mower", "start"): _says("mowing"),
    ("", "pause"): _says("paused", "idle"),
    ("vacuum", "stop"): _says("idle", "paused", "docked", "stopped"),
    ("lawn_mower", "stop"): _says("idle", "paused", "docked", "stopped"),
    ("", "return_home"): _says("docked", coming=("returning",)),
    ("number", "set_value"): _measures("value", "", 0.01),
    ("select", "select"): _repeats("option", ""),
}
"""By domain and service; "" stands for all other domains."""
