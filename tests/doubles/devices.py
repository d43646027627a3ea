"""Devices that do as they are told, after a while, and say so: in this process or on a broker."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sensors.entities import CannotDo, Command, Discovery, Entity, EntityState, Publication
from sensors.events import Reading, Value

ATTRIBUTES = ("state", "brightness", "color", "position", "temperature", "availability")


@dataclass(frozen=True)
class JsonDriver:
    """A driver that takes any service; its device speaks JSON with the attributes as keys."""

    entity: Entity
    cannot: frozenset[str] = frozenset()
    silent: bool = False

    @property
    def topics(self) -> Sequence[str]:
        return () if self.silent else (f"device/{self.entity.id}",)

    @property
    def tells(self) -> bool:
        return not self.silent

    @property
    def commands(self) -> Sequence[str]:
        return (f"device/{self.entity.id}/set",)

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        try:
            fields = json.loads(payload, parse_int=float)
        except ValueError:
            return []
        if not isinstance(fields, Mapping):
            return []
        at = float(fields.get("at", received_at))
        return [
            Reading(
                self.entity.key(name), self.entity.name, name, fields[name], "", at, topic, late
            )
            for name in ATTRIBUTES
            if name in fields
        ]

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        if command.service in self.cannot:
            raise CannotDo(f"{self.entity.id} cannot {command.service}")
        payload = json.dumps({"service": command.service, **command.arguments})
        return [Publication(f"device/{self.entity.id}/set", payload)]


def announced(*drivers: JsonDriver) -> list[Discovery]:
    """One announcement each."""
    return [Discovery(f"announce/{driver.entity.id}", (driver,)) for driver in drivers]


@dataclass
class JsonDialect:
    """Announcements like `announce/light.lamp` with the name as payload; "" takes it back."""

    filters: Sequence[str] = ("announce/+",)
    asked: list[str] = field(default_factory=list)

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        entity_id = topic.removeprefix("announce/")
        if entity_id == topic:
            return None
        self.asked.append(topic)
        if not payload:
            return [Discovery(topic)]
        if payload == b"broken":
            return [Discovery(topic, (), ("it has no command topic",))]
        name, domain = payload.decode(), entity_id.partition(".")[0]
        return [Discovery(topic, (JsonDriver(Entity(entity_id, name, domain, origin=topic)),))]


Answer = tuple[float, Mapping[str, Value]]
"""Seconds after the command, and what the device says then."""


@dataclass
class Devices:
    """Answers of devices in this process; `publish` is what Control sends with.

    Attributes:
        hear: takes what they say: a topic and a payload.
        answers: by topic of the command.
        sent: all that was published.
    """

    hear: Callable[[str, bytes], None]
    answers: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    sent: list[Publication] = field(default_factory=list)

    async def publish(self, publications: Sequence[Publication]) -> None:
        loop = asyncio.get_running_loop()
        self.sent += publications
        for one in publications:
            for after, said in self.answers.get(one.topic, ()):
                payload = json.dumps(said).encode()
                loop.call_later(after, self.hear, one.topic.removesuffix("/set"), payload)
