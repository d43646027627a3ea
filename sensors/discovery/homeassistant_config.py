"""One announced entity's configuration, read without trusting a word of it.

Unusable   an entity cannot be made of this; the text says why, for an admin
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensors import phrases
from sensors.discovery.templates import BrokenTemplate, Message, Template, compiled
from sensors.entities import CannotDo, Publication
from sensors.events import SensorError, Value
from sensors.topics import is_valid_filter

_MAX_TEXT = 256
"""Characters of a payload or a word; a longer one is not meant for a state."""

_MAX_TOPIC = 512
"""Characters of a topic; zigbee2mqtt's longest are well under 100."""

MAX_OPTIONS = 256
"""Words that a list may have; WLED announces about 190 effects."""

PASS = compiled("{{ value }}")
"""The template of whoever has none."""

UNKNOWN = frozenset({"", "none", "null", "unknown", "unavailable", "undefined", "nan"})
"""Words for having no value."""


class Unusable(SensorError):
    """An entity cannot be made of this; the text says why, for an admin."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Where and how one kind of command goes.

    Attributes:
        topic: to publish to.
        template: makes the payload; None: the value is the payload.
        retain: whether the broker keeps it.
        qos: of the message.
        names: what templates know besides the value.
    """

    topic: str
    template: Template | None
    retain: bool
    qos: int
    names: Mapping[str, object]

    def __call__(self, value: Value, **variables: object) -> Publication:
        """The message for a value.

        Raises:
            CannotDo: its template fails.
        """
        payload: str | None = written(value)
        if self.template is not None:
            plain = int(value) if isinstance(value, float) and value.is_integer() else value
            payload = self.template.write({**self.names, "value": plain, **variables})
        if payload is None:
            raise CannotDo("the template of this command fails")
        return Publication(self.topic, payload, self.qos, self.retain)


@dataclass(frozen=True, slots=True)
class Source:
    """Where one thing is heard of: a topic, and what its messages mean."""

    topic: str
    template: Template
    names: Mapping[str, object]

    def text(self, message: Message) -> str | None:
        """What a message says, None for nothing."""
        text = self.template.read(message, self.names)
        return None if text is None or text.lower() in UNKNOWN else text


@dataclass(frozen=True, slots=True)
class Config:
    """See the module.

    Attributes:
        fields: with long keys.
        names: what templates know besides the value.
        dropped: why optional parts of the entity are missing; grows while it is read.
        commands: topics that it is commanded on; grows likewise.
    """

    fields: Mapping[str, object]
    names: Mapping[str, object] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def has(self, key: str) -> bool:
        """Whether it says anything of this."""
        return self.fields.get(key) is not None

    def text(self, key: str, default: str = "") -> str:
        """A word or a payload; numbers and truth values as templates print them."""
        return _text(self.fields.get(key), default)

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        found = number(self.fields.get(key))
        return default if found is None else found

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A truth value; some devices write it as text."""
        raw = self.fields.get(key)
        if isinstance(raw, str):
            return raw.strip().lower() in ("true", "on", "yes", "1")
        return bool(raw) if isinstance(raw, (bool, int)) else default

    def words(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of words that may be shown to people, without those that may not."""
        raw = self.fields.get(key)
        if not isinstance(raw, list):
            return tuple(default)
        texts = (_text(word) for word in raw[:MAX_OPTIONS])
        return tuple(dict.fromkeys(text for text in texts if phrases.name(text) is not None))

    def topic(self, key: str) -> str:
        """A topic without wildcards, "" for none; what is no topic is dropped."""
        raw = self.fields.get(key)
        if raw is None or raw == "":
            return ""
        if isinstance(raw, str) and len(raw) <= _MAX_TOPIC and is_topic(raw):
            return raw
        wild = isinstance(raw, str) and set(raw) & set("+#")
        self.dropped.append(f"{key}: {'a topic with wildcards' if wild else 'no valid topic'}")
        return ""

    def template(self, *keys: str) -> Template | None:
        """The first template that is there, None when none is.

        Raises:
            BrokenTemplate: it cannot be used; the text names the key.
        """
        key = next((key for key in keys if self.fields.get(key) not in (None, "")), None)
        if key is None:
            return None
        source = self.fields[key]
        if not isinstance(source, str):
            raise BrokenTemplate(f"{key}: no text")
        try:
            return compiled(source)
        except BrokenTemplate as error:
            raise BrokenTemplate(f"{key}: {error}") from error

    def source(self, topic: str, *templates: str, main: bool = False) -> Source | None:
        """Where something is heard of; None if nowhere, or by a broken template.

        Raises:
            Unusable: the template of the `main` thing is broken.
        """
        try:
            template = self.template(*templates)
        except BrokenTemplate as error:
            self._drop(error, main=main)
            return None
        where = self.topic(topic)
        return Source(where, template or PASS, self.names) if where else None

    def sender(self, topic: str, *templates: str, main: bool = False) -> Sender | None:
        """Where something is commanded; None if nowhere, or by a broken template.

        Raises:
            Unusable: the template of the `main` thing is broken.
        """
        try:
            template = self.template(*templates)
        except BrokenTemplate as error:
            self._drop(error, main=main)
            return None
        where = self.topic(topic)
        if not where:
            return None
        self.commands.append(where)
        return Sender(where, template, self.flag("retain"), self.qos, self.names)

    @property
    def qos(self) -> int:
        """Of commands: at least once, since somebody waits for the effect."""
        return 2 if self.number("qos", 1) == 2 else 1

    def _drop(self, error: BrokenTemplate, *, main: bool) -> None:
        if main:
            raise Unusable(str(error)) from error
        self.dropped.append(str(error))


def is_topic(text: str) -> bool:
    """Whether one may publish to it."""
    return is_valid_filter(text) and not set(text) & set("+#") and text.isprintable()


def number(raw: Any) -> float | None:
    """A finite number of a number or its text, else None."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return None
    try:
        found = float(raw)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and abs(found) < 1e12 else None


def written(value: Value) -> str:
    """A value as devices read it: 50 instead of 50.0."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(round(value, 4))
    return str(value)


def _text(raw: object, default: str = "") -> str:
    if isinstance(raw, (bool, int, float)):
        raw = str(raw)
    return raw if isinstance(raw, str) and len(raw) <= _MAX_TEXT else default
