"""A driver that is a table: which field of which topic says what, and what each service sends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sensors import payload as payloads
from sensors import phrases, quantities, times
from sensors.decoder import MAX_PAYLOAD
from sensors.entities import CannotDo, Command, Entity, EntityState, Publication
from sensors.events import Reading, Value
from sensors.payload import Refused

Understand = Callable[[object], Value | None]
"""From a field as JSON has it to a value of the house; None when it makes no sense."""

Arguments = Mapping[str, Value]

Send = Callable[[Arguments], Sequence[Publication]]
"""The messages of one service; raises CannotDo for arguments that the device cannot follow."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the messages of a topic say.

    Attributes:
        attribute: of the entity.
        path: keys that lead to it in a JSON object; none when the payload is the value itself.
        understand: see `Understand`.
        unit: as people write it.
        quantity: what is measured; by default what the attribute's name means.
    """

    attribute: str
    path: tuple[str, ...] = ()
    understand: Understand = payloads.plain
    unit: str = ""
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class MappedDriver:
    """See `sensors.entities.Driver`.

    Attributes:
        entity: what it drives.
        reads: by topic, that of the main state first.
        services: what it can do, by name.
        alias: stands for the topic in readings when the topic holds a name that nobody may read.
    """

    entity: Entity
    reads: Mapping[str, tuple[Said, ...]]
    services: Mapping[str, Send] = field(default_factory=dict)
    alias: str = ""

    @property
    def topics(self) -> Sequence[str]:
        """Topics whose messages it reads."""
        return tuple(self.reads)

    @property
    def tells(self) -> bool:
        """See `Driver.tells`."""
        links = ("availability", "gateway")
        return any(said.attribute not in links for says in self.reads.values() for said in says)

    @property
    def commands(self) -> Sequence[str]:
        """See `Driver.commands`: where its services go when they are tried out."""
        return tuple(
            dict.fromkeys(
                one.topic
                for send in self.services.values()
                for arguments in _TRIED
                for one in _tried(send, arguments)
            )
        )

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        """See `Driver.read`."""
        content = parsed(payload)
        if content is None:
            return []
        stated = times.stated(content, received_at) if isinstance(content, Mapping) else None
        at, late = (received_at, late) if stated is None else (stated, False)
        return [
            self._reading(said, value, topic, at, late)
            for said in self.reads.get(topic, ())
            if (value := said.understand(_at(content, said.path))) is not None
        ]

    def write(self, command: Command, state: EntityState) -> list[Publication]:  # noqa: ARG002
        """See `Driver.write`."""
        send = self.services.get(command.service)
        if send is None:
            raise CannotDo(f"{self.entity.id} cannot {command.service.replace('_', ' ')}")
        return list(send(command.arguments))

    def _reading(self, said: Said, value: Value, topic: str, at: float, late: bool) -> Reading:
        quantity = said.quantity or quantities.canonical(phrases.spoken(said.attribute).lower())
        key = self.entity.key(said.attribute)
        name = self.entity.device or self.entity.name
        return Reading(key, name, quantity, value, said.unit, at, self.alias or topic, late)


_TRIED: Sequence[Arguments] = ({}, {"position": 50.0})
"""What the services of things that are guarded take."""


def _tried(send: Send, arguments: Arguments) -> Sequence[Publication]:
    try:
        return send(arguments)
    except CannotDo:
        return ()


@lru_cache(maxsize=16)
def parsed(payload: bytes, limit: int = MAX_PAYLOAD) -> Mapping[str, object] | Value | None:
    """A payload's content, None when it has none; not to be changed.

    Kept for a moment, because several entities of a device read the same message.
    """
    try:
        return payloads.parsed(payload, limit)
    except Refused:
        return None


def word(**meanings: Value) -> Understand:
    """Understands a few words, in any case: `word(on="on", off="off")`."""
    return _Word(tuple(meanings.items()))


def number(raw: object) -> float | None:
    """A finite number, also one in a text."""
    value = payloads.plain(raw)
    return value if isinstance(value, float) and not isinstance(value, bool) else None


def scaled(raw: object, largest: float) -> float | None:
    """A number from 0 to `largest` as whole percent, so that what was set is what comes back."""
    value = number(raw)
    return None if value is None else float(round(min(max(value / largest, 0.0), 1.0) * 100))


def fixed(topic: str, payload: str) -> Send:
    """Sends always the same and takes no arguments."""

    def send(arguments: Arguments) -> Sequence[Publication]:
        only(arguments)
        return [Publication(topic, payload)]

    return send


def only(arguments: Arguments, *known: str) -> None:
    """Refuse what a service does not know.

    Raises:
        CannotDo: there is an argument beside the known ones.
    """
    if strange := sorted(set(arguments) - set(known)):
        raise CannotDo(f"the device has no {strange[0].replace('_', ' ')}")


def amount(arguments: Arguments, name: str, lowest: float, largest: float) -> float:
    """A number among the arguments.

    Raises:
        CannotDo: it is missing, no number, or out of bounds.
    """
    value = arguments.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CannotDo(f"{name} has to be a number")
    if not lowest <= value <= largest:
        raise CannotDo(f"{name} has to be between {lowest:g} and {largest:g}")
    return float(value)


def choice(arguments: Arguments, name: str, options: Mapping[str, str]) -> str:
    """One of a device's own words among the arguments.

    Args:
        arguments: of the command.
        name: of the argument.
        options: the device's words by what people call them.

    Raises:
        CannotDo: it is missing or no option.
    """
    wanted = str(arguments.get(name, "")).casefold()
    for said, raw in options.items():
        if wanted in (said.casefold(), raw.casefold()):
            return raw
    raise CannotDo(f"{name} has to be one of {', '.join(options) or 'nothing'}")


def options(raw: object) -> dict[str, str]:
    """A device's words by what people call them; those that nobody may read are left out."""
    if not isinstance(raw, list):
        return {}
    texts = [text for text in raw[:_MAX_OPTIONS] if isinstance(text, str)]
    return {said: text for text in texts if (said := phrases.state(text))}


_MAX_OPTIONS = 64
"""Effects of a lamp are some thirty."""


@dataclass(frozen=True, slots=True)
class _Word:
    meanings: tuple[tuple[str, Value], ...]

    def __call__(self, raw: object) -> Value | None:
        said = plainly(raw)
        return next((value for text, value in self.meanings if text == said), None)


def plainly(raw: object) -> str:
    """A field as a word in lower case: true, "ON" and 1 are "true", "on" and "1"."""
    if isinstance(raw, float):
        return f"{raw:g}"
    return str(raw).strip().lower() if isinstance(raw, (str, bool)) else ""


def _at(content: object, path: Sequence[str]) -> object:
    for step in path:
        content = content.get(step) if isinstance(content, Mapping) else None
    return content
