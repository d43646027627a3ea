"""Auricle as others see it over MQTT: a device for Home Assistant, and a mouth to speak with.

Under `auricle/<id>/`: `status` ("online", "offline"; kept by the connection itself), `state` (idle,
listening, thinking, speaking, muted), `mute` and `mute/set`, `talk` and `talk/set` (ON while
somebody holds a button to speak; ONCE is as good as a wake word), `volume` and `volume/set`,
`intent` (the tool that was called last; only where the owner agreed to tell it) and `say`: text, or
a JSON object {"text": ..., "urgency": "alarm"}, is spoken aloud. Nothing that anybody said is ever
told.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from daemon.announcements import Announcement, Post
from daemon.controls import LOUDEST, Controls
from sensors.allowance import Allowance
from sensors.entities import Publication
from sensors.events import SensorError

log = logging.getLogger(__name__)

_LONGEST: Final = 600
"""Characters of an announcement: half a minute of speech."""

_CALM_S: Final = 0.2
"""Seconds between two publications of the state: phases change faster than anybody reads."""

_SAID: Final = (4.0, 2.0)
"""Announcements that others may have said at once, and seconds until one more: whoever publishes
without end must not talk over everything else."""

_COMPLAIN_S: Final = 60.0
"""Seconds between two log lines about what was left undone: strangers must not fill the log."""

Publish = Callable[[Sequence[Publication]], Awaitable[None]]


@dataclass(slots=True)
class _Undone:
    """What came and was left undone: counted, and told of now and then without its text."""

    reasons: Counter[str] = field(default_factory=Counter)
    told_at: float = float("-inf")

    def add(self, reason: str, now: float) -> None:
        self.reasons[reason] += 1
        if now - self.told_at < _COMPLAIN_S:
            return
        counts = ", ".join(f"{count} {reason}" for reason, count in self.reasons.items())
        log.warning("Messages to us that are left undone: %s", counts)
        self.told_at = now
        self.reasons.clear()


@dataclass(slots=True)
class Presence:
    """Publishes what may be seen, and does what comes in.

    Attributes:
        name: of this computer among others, the MQTT client id.
        area: where it stands, "" when nobody said.
        prefix: under which Home Assistant looks for devices.
        visible: whether it is told of us; else what it was told is taken back.
        tell_intent: whether the last intent may be told.
        speak: whether others may have something said.
        publish: sends messages; raises SensorError.
        post: lets something be said aloud, without waiting for that.
        controls: what is seen and set.
        clock: seconds on any clock that only goes forward.
    """

    name: str
    area: str
    prefix: str
    visible: bool
    tell_intent: bool
    speak: bool
    publish: Publish
    post: Post
    controls: Controls
    clock: Callable[[], float] = time.monotonic
    _allowance: Allowance = field(default_factory=lambda: Allowance(*_SAID))
    _undone: _Undone = field(default_factory=_Undone)

    @property
    def base(self) -> str:
        """What all of our topics begin with."""
        return f"auricle/{self.name}"

    @property
    def announced_on(self) -> str:
        """The topic of `discovery`."""
        return f"{self.prefix}/device/auricle_{self.name}/config"

    @property
    def topics(self) -> list[str]:
        """Topics whose messages are for `received`.

        Among them our own announcement: we are no device of the house that we speak for.
        """
        say = [f"{self.base}/say"] if self.speak else []
        knobs = [f"{self.base}/{knob}/set" for knob in ("mute", "talk", "volume")]
        return [*say, *knobs, self.announced_on]

    def received(self, topic: str, payload: bytes, late: bool) -> None:
        """Do what a message asks for. What the broker had kept is not meant for now.

        Never raises for what a stranger sent: it is left undone, and said in the log without it.
        Who has too much said is not heard: alarms of our own wait in the same line.
        """
        if late or topic == self.announced_on or len(payload) > 4 * _LONGEST:
            return
        text = payload.decode("utf-8", errors="replace").strip()
        match topic.removeprefix(f"{self.base}/"):
            case "mute/set" if text.upper() in ("ON", "OFF"):
                self.controls.muted = text.upper() == "ON"
            case "talk/set" if text.upper() in ("ON", "OFF"):
                self.controls.talking = text.upper() == "ON"
            case "talk/set" if text.upper() == "ONCE":
                self.controls.call()
            case "volume/set" if text.isascii() and text.isdigit() and len(text) <= 3:
                self.controls.volume = int(text)
            case "say" if self.speak and (announcement := _announcement(text)) is not None:
                self._say(announcement)
            case _:
                self._undone.add("that ask for nothing that can be done", self.clock())

    def _say(self, announcement: Announcement) -> None:
        now = self.clock()
        if not self._allowance.take(now):
            self._undone.add("to say, too many at once", now)
        elif not self.post(announcement):
            self._undone.add("to say, too many wait already", now)

    async def run(self, connected: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled: say who we are after each connection, and how we are after each change.

        Args:
            connected: returns when there is a connection that we have not greeted yet.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._greet(connected), name="greet")
            group.create_task(self._follow(), name="follow")

    def discovery(self) -> Publication:
        """What Home Assistant needs to know of us, as one device."""
        if not self.visible:
            return Publication(self.announced_on, "", retain=True)
        base = self.base
        shown: dict[str, dict[str, Any]] = {
            "state": {
                "p": "sensor",
                "name": "State",
                "icon": "mdi:account-voice",
                "state_topic": f"{base}/state",
            },
            "mute": {
                "p": "switch",
                "name": "Mute",
                "icon": "mdi:microphone-off",
                "state_topic": f"{base}/mute",
                "command_topic": f"{base}/mute/set",
            },
            "talk": {
                "p": "switch",
                "name": "Talk",
                "icon": "mdi:radio-handheld",
                "state_topic": f"{base}/talk",
                "command_topic": f"{base}/talk/set",
            },
            "call": {
                "p": "button",
                "name": "Listen",
                "icon": "mdi:ear-hearing",
                "command_topic": f"{base}/talk/set",
                "payload_press": "ONCE",
            },
            "volume": {
                "p": "number",
                "name": "Volume",
                "icon": "mdi:volume-high",
                "min": 0,
                "max": LOUDEST,
                "unit_of_measurement": "%",
                "state_topic": f"{base}/volume",
                "command_topic": f"{base}/volume/set",
            },
        }
        if self.tell_intent:
            shown["intent"] = {
                "p": "sensor",
                "name": "Last intent",
                "state_topic": f"{base}/intent",
            }
        if self.speak:
            shown["say"] = {"p": "notify", "name": "Say", "command_topic": f"{base}/say"}
        for part, config in shown.items():
            config["unique_id"] = f"auricle_{self.name}_{part}"
        device: dict[str, Any] = {
            "identifiers": [f"auricle_{self.name}"],
            "name": f"Auricle {self.name}" if self.name != "auricle" else "Auricle",
            "manufacturer": "Auricle",
        }
        if self.area:
            device["suggested_area"] = self.area
        told = {
            "device": device,
            "origin": {"name": "Auricle"},
            "availability": [{"topic": f"{base}/status"}],
            "components": shown,
        }
        return Publication(self.announced_on, json.dumps(told, separators=(",", ":")), retain=True)

    def state(self) -> list[Publication]:
        """How we are."""
        controls = self.controls
        told = {
            "state": "muted" if controls.muted else controls.phase,
            "mute": "ON" if controls.muted else "OFF",
            "talk": "ON" if controls.talking else "OFF",
            "volume": str(controls.volume),
            # Nothing, where it may not be told: the broker forgets what was told before.
            "intent": controls.last_intent if self.tell_intent else "",
        }
        return [
            Publication(f"{self.base}/{part}", text, retain=True) for part, text in told.items()
        ]

    async def _greet(self, connected: Callable[[], Awaitable[None]]) -> None:
        while True:
            await connected()
            await self._send([self.discovery(), *self.state()])

    async def _follow(self) -> None:
        before, seen = self.state(), -1
        while True:
            seen = await self.controls.changed(seen)
            now = self.state()
            await self._send([one for one in now if one not in before])
            before = now
            await asyncio.sleep(_CALM_S)

    async def _send(self, publications: Sequence[Publication]) -> None:
        if not publications:
            return
        try:
            await self.publish(publications)
        except SensorError as error:
            # The next connection begins with all of it.
            log.debug("our own state is not published: %s", error)


def _announcement(text: str) -> Announcement | None:
    """What a payload wants said, None when it makes no sense."""
    told: object = text
    if text.startswith("{"):
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return None
    if not isinstance(told, dict):
        return _spoken(text, "info")
    urgency = told.get("urgency", "info")
    if urgency not in ("info", "alarm") or not isinstance(told.get("text"), str):
        return None
    return _spoken(told["text"], urgency)


def _spoken(text: str, urgency: Any) -> Announcement | None:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not any(character.isalnum() for character in words):
        return None
    # The same message again while it waits is one message: bridges deliver twice.
    return Announcement(words[:_LONGEST], urgency, key=f"mqtt {words[:_LONGEST]}", cause="mqtt")
