"""Whether a device can be reached, by what one or several topics say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sensors.discovery.homeassistant_config import Config, Source
from sensors.discovery.templates import Message

_MAX_SOURCES = 8
"""Topics of one device's availability; zigbee2mqtt has three: bridge, device and group."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """One topic and its words for being there and being away."""

    source: Source
    there: str
    away: str

    def read(self, message: Message) -> bool | None:
        """None when it says neither."""
        text = self.source.template.read(message, self.source.names)
        return True if text == self.there else False if text == self.away else None


@dataclass(frozen=True, slots=True)
class Availability:
    """What is known of a device's availability.

    Attributes:
        signs: where it is heard of.
        mode: "all" signs, "any" of them or the "latest" must say that it is there.
        said: what each sign said last; only the thread that reads touches it.
    """

    signs: tuple[_Sign, ...] = ()
    mode: str = "latest"
    said: dict[int, bool] = field(default_factory=dict, compare=False)

    @property
    def topics(self) -> Sequence[str]:
        """Where it is heard of."""
        return tuple(dict.fromkeys(sign.source.topic for sign in self.signs))

    def heard(self, topic: str, message: Message) -> bool | None:
        """Whether the device is there, None if this message does not tell.

        What nobody has said yet counts for nothing: bridges say little after a restart.
        """
        now: bool | None = None
        for number, sign in enumerate(self.signs):
            if sign.source.topic == topic and (there := sign.read(message)) is not None:
                self.said[number] = now = there
        if now is None or self.mode == "latest":
            return now
        if self.mode == "all":
            return all(self.said.values())
        # Any: away only once all have said so.
        return any(self.said.values()) or (None if len(self.said) < len(self.signs) else False)

    def succeed(self, before: "Availability") -> None:
        """Know what the same signs said before they were announced again."""
        if before == self:
            self.said.update(before.said)


def availability(config: Config) -> Availability:
    """The availability that a configuration describes; broken parts are dropped."""
    signs = []
    if config.has("availability_topic"):
        signs.append(_sign(config, "availability_topic", "availability_template"))
    listed = config.fields.get("availability")
    for fields in listed[:_MAX_SOURCES] if isinstance(listed, list) else []:
        if isinstance(fields, Mapping):
            part = Config({str(key): value for key, value in fields.items()}, config.names)
            signs.append(_sign(part, "topic", "value_template"))
            config.dropped.extend(f"availability: {reason}" for reason in part.dropped)
    mode = config.text("availability_mode", "latest")
    usable = tuple(sign for sign in signs if sign is not None)
    return Availability(usable, mode if mode in ("all", "any") else "latest")


def _sign(config: Config, topic: str, template: str) -> _Sign | None:
    source = config.source(topic, template)
    if source is None:
        return None
    there = config.text("payload_available", "online")
    return _Sign(source, there, config.text("payload_not_available", "offline"))
