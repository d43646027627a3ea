"""Covers and valves: what opens, closes and stops on the way."""

from collections.abc import Iterable, Mapping

from sensors.discovery.homeassistant_commands import measure, payload, sends, services
from sensors.discovery.homeassistant_config import Config, Sender, Source, Unusable, number
from sensors.discovery.homeassistant_driver import (
    Arguments,
    Fact,
    Reader,
    Service,
    Traits,
)
from sensors.discovery.homeassistant_sensors import device_class
from sensors.discovery.templates import Message
from sensors.entities import EntityState, Publication

_UNITS = {"position": "%"}


class _Scale:
    """A device's positions and people's: 0 closed, 100 open."""

    def __init__(self, config: Config) -> None:
        self.closed = config.number("position_closed", 0)
        self.open = config.number("position_open", 100)
        if abs(self.open - self.closed) < 0.01:
            raise Unusable("its open and closed positions are the same")

    def percent(self, text: str) -> float | None:
        """0..100 of a device's text, None if it is no number."""
        found = number(text)
        if found is None:
            return None
        share = (found - self.closed) / (self.open - self.closed)
        return float(round(100 * min(max(share, 0.0), 1.0)))

    def raw(self, percent: float) -> float:
        """The device's number for a percentage."""
        return float(round(self.closed + percent / 100 * (self.open - self.closed)))


def cover(config: Config) -> Traits:
    """A cover with a state, a position or both. Slats are not turned."""
    scale = _Scale(config)
    sender = config.sender("command_topic", "command_template", main=True)
    placing = config.sender("set_position_topic", "set_position_template")
    place = _placing(placing, scale) if placing else None
    if sender is None and place is None:
        raise Unusable("it has no command topic")
    return Traits(
        readers=_cover_readers(config, scale),
        services=services(
            open=_moving(sender, payload(config, "payload_open", "OPEN"), place, 100.0),
            close=_moving(sender, payload(config, "payload_close", "CLOSE"), place, 0.0),
            stop=_stopping(sender, payload(config, "payload_stop", "STOP")),
            set_position=place,
        ),
        units=_UNITS,
        device_class=device_class(config),
        features=frozenset({"position"} if place else ()),
    )


def _cover_readers(config: Config, scale: _Scale) -> list[tuple[str, Reader]]:
    state = config.source("state_topic", "value_template", main=True)
    position = config.source("position_topic", "position_template", "value_template")
    course = _Course(_states(config), scale, has_position=position is not None)
    # The position first: a message that says both has to be judged by its own.
    readers: list[tuple[str, Reader]] = []
    if position is not None:
        readers.append(
            (position.topic, lambda of: course.place(position.text(of), alone=state is None))
        )
    if state is not None:
        readers.append((state.topic, lambda of: course.word(state.text(of))))
    return readers


class _Course:
    """What a cover says of itself; remembers its position, by which "stopped" means something.

    Only the thread that reads uses it.
    """

    def __init__(self, states: Mapping[str, str], scale: _Scale, *, has_position: bool) -> None:
        self._states = states
        self._scale = scale
        self._has_position = has_position
        self._percent: float | None = None

    def place(self, text: str | None, *, alone: bool) -> list[Fact]:
        """Of a message with a position; with the state where nothing else tells it."""
        percent = _position(text, self._scale)
        if percent is None:
            return []
        self._percent = percent
        return [("position", percent), *([("", _by_position(percent))] if alone else ())]

    def word(self, text: str | None) -> list[Fact]:
        """Of a message with a state."""
        word = self._states.get(text or "")
        if word == "stopped" and self._percent is not None:
            word = _by_position(self._percent)
        elif word == "stopped":
            word = None if self._has_position else "open"
        return [("", word)] if word else []


def _position(text: str | None, scale: _Scale) -> float | None:
    if text is not None and text.startswith("{"):
        fields = Message(text).json
        text = str(fields.get("position")) if isinstance(fields, dict) else None
    return None if text is None else scale.percent(text)


def _by_position(percent: float) -> str:
    return "open" if percent > 0 else "closed"


def _states(config: Config) -> Mapping[str, str]:
    return {
        config.text(f"state_{word}", word): word
        for word in ("stopped", "opening", "closing", "open", "closed")
    }


def valve(config: Config) -> Traits:
    """A valve, with or without positions; those that have them are opened by position."""
    scale = _Scale(config)
    sender = config.sender("command_topic", "command_template", main=True)
    placed = config.flag("reports_position")
    if sender is None:
        raise Unusable("it has no command topic")
    place = _placing(sender, scale) if placed else None
    opening = None if placed else payload(config, "payload_open", "OPEN")
    closing = None if placed else payload(config, "payload_close", "CLOSE")
    return Traits(
        readers=_valve_readers(config, scale, placed=placed),
        services=services(
            open=_moving(sender, opening, place, 100.0),
            close=_moving(sender, closing, place, 0.0),
            stop=_stopping(sender, config.text("payload_stop") or None),
            set_position=place,
        ),
        units=_UNITS,
        device_class=device_class(config),
        features=frozenset({"position"} if placed else ()),
    )


def _valve_readers(config: Config, scale: _Scale, *, placed: bool) -> list[tuple[str, Reader]]:
    source = config.source("state_topic", "value_template", main=True)
    states = {word: name for word, name in _states(config).items() if name != "stopped"}

    def read(of: Message, source: Source) -> Iterable[Fact]:
        text = source.text(of)
        fields = Message(text).json if text is not None and text.startswith("{") else None
        said = fields if isinstance(fields, dict) else {"state": text, "position": text}
        percent = scale.percent(str(said.get("position"))) if placed else None
        word = states.get(str(said.get("state")))
        if percent is not None:
            yield "position", percent
            word = word or _by_position(percent)
        if word:
            yield "", word

    return [(source.topic, lambda of: list(read(of, source)))] if source is not None else []


def _moving(
    sender: Sender | None, word: str | None, place: Service | None, percent: float
) -> Service | None:
    """Opening or closing: by its payload, else by position."""
    if word is not None and sender is not None:
        return sends(sender, word)
    if place is None:
        return None

    def write(_arguments: Arguments, state: EntityState) -> list[Publication]:
        return list(place.write({"position": percent}, state))

    return Service(write)


def _stopping(sender: Sender | None, word: str | None) -> Service | None:
    return sends(sender, word) if word is not None else None


def _placing(sender: Sender, scale: _Scale) -> Service:
    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        percent = measure(arguments, "position")
        names = {"position_open": int(scale.open), "position_closed": int(scale.closed)}
        return [sender(scale.raw(percent), position=int(percent), **names)]

    return Service(write, frozenset({"position"}))
