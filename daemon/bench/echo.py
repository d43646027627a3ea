"""Whether it takes its own voice for a person, and how soon it notices a person over its voice.

Its answers go through simulated rooms into its own ear: with cancelling and, the very same sound,
without. Nothing waits for real time: the loudspeaker's schedule is told the time, and the ear is
given frame after frame. What is suspected pauses no loudspeaker here.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from audio.detector import Detector
from audio.echo import Doubting, EchoCanceller
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechStarted, SpeechSuspected
from audio.gate import Gate
from audio.monitor import Monitor
from audio.resampling import Floats, to_floats, to_int16
from audio.schedule import Schedule
from audio.script import Script
from audio.silero import Silero
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import share, spread
from daemon.bench.material import chosen
from daemon.bench.own_voice import OwnVoice
from daemon.bench.room import ROOMS, Acoustics, Room

_LEVELS_DB: Final = (-20.0, -26.0, -32.0)
"""Loudness of who speaks over it, in decibels below full scale: near, across the room, quietly. Its
own voice comes back at -18 to -32."""

_INTO: Final = 7 * RATE // 10
"""Samples into an answer at which somebody speaks over it."""

_IN_TIME: Final = RATE
"""Samples after an onset in which it must have been noticed, while the answer still sounds."""

_AUDIBLE_DB: Final = 20.0
"""Decibels below its loudest 10 ms at which a recording begins to be heard: many were made in rooms
whose noise is 30 below."""

_KNOWN: Final = 0.1
"""Seconds before what is yet to be played, from which on the ear waits: its frames look ahead."""

_LONGEST: Final = 4 * RATE
"""Samples of a recording that are laid over an answer at the most."""


def measure(bench: Bench, *, minutes: float = 30.0, interruptions: int = 90) -> Figures:
    """Let it speak for so long, and interrupt it so often.

    Args:
        bench: recordings of speech, and the models.
        minutes: of its own speech, pauses included, over all rooms.
        interruptions: by recorded speech, over all rooms.
    """
    if bench.quick:
        minutes, interruptions = 1.0, len(ROOMS)
    voice = OwnVoice(bench.weights("mouth"))
    silero = bench.weights("vad")
    recorded = [item for item in bench.items if item.kind == "speech" and not item.synthetic]
    alone = {
        name: _alone(_Stage(acoustics, voice, silero), minutes * 60 / len(ROOMS))
        for name, acoustics in ROOMS.items()
    }
    near = [_Near.of(bench.sound(item)) for item in chosen(recorded, interruptions)]
    return {
        "load": round(os.getloadavg()[0], 2),
        "minutes": round(sum(one["minutes"] for one in alone.values()), 1),
        "with": _events(alone, "with"),
        "without": _events(alone, "without"),
        "rooms": alone,
        "spoken_over": _spoken_over(near, interruptions, voice, silero),
    }


def _events(rooms: dict[str, Figures], ear: str) -> Figures:
    """False pauses and false interruptions of one ear over all rooms."""
    return {
        what: sum(room[ear][what] for room in rooms.values()) for what in ("suspected", "started")
    }


@dataclass(frozen=True, slots=True)
class _Near:
    """A recording of somebody.

    Attributes:
        sound: from where it begins to be heard, as loud as full scale, shape (n,).
    """

    sound: Floats

    @classmethod
    def of(cls, pcm: Pcm) -> "_Near":
        sound = to_floats(pcm)
        hop = RATE // 100
        power = np.mean(sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2, axis=1)
        audible = power > power.max() * 10 ** (-_AUDIBLE_DB / 10)
        loudness = np.sqrt(np.mean(power[audible])) if audible.any() else 1.0
        onset = int(np.argmax(audible)) * hop
        return cls(sound[onset : onset + _LONGEST] / loudness)


@dataclass(frozen=True, slots=True)
class _Trial:
    """An interruption, and how many milliseconds after its onset it was suspected; None: it wasn't.

    Attributes:
        room: its name.
        level: loudness of who spoke, in decibels below full scale.
        cancelling: with echo cancelling.
        plain: without.
        silent: by the same ear, when nothing was being said.
    """

    room: str
    level: float
    cancelling: float | None
    plain: float | None
    silent: float | None

    @property
    def later(self) -> float | None:
        """Milliseconds that its own voice cost."""
        if self.cancelling is None or self.silent is None:
            return None
        return self.cancelling - self.silent


@dataclass(slots=True)
class _Listener:
    """What one ear made of what it heard.

    Attributes:
        suspected: sample indices at which it suspected speech: the pauses.
        started: sample indices at which it was sure: the interruptions.
        power: sum of the squares of what it heard while the loudspeaker sounded.
    """

    detector: Detector
    suspected: list[int] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    power: float = 0.0

    def hear(self, frame: AudioFrame, *, loud: bool) -> None:
        for event in self.detector.hear(frame):
            if isinstance(event, SpeechSuspected):
                self.suspected.append(frame.end)
            elif isinstance(event, SpeechStarted):
                self.started.append(frame.end)
        if loud:
            self.power += float(np.sum(frame.pcm.astype(float) ** 2))


class _Air:
    """What is on its way to the microphone: later, by another clock, and taken frame by frame."""

    def __init__(self, acoustics: Acoustics) -> None:
        late = round(acoustics.delay_s * RATE)
        self._early = max(0, -late)
        self._waiting: Floats = np.zeros(max(0, late), dtype=np.float32)
        self.pace = 1 + acoustics.drift_ppm * 1e-6
        self._clock = soxr.ResampleStream(RATE, RATE * self.pace, 1, dtype="float32")

    def add(self, sound: Floats) -> None:
        sound = self._clock.resample_chunk(sound[self._early :])
        self._early = 0
        self._waiting = np.concatenate((self._waiting, sound))

    def take(self) -> Pcm | None:
        """The next frame, when it has arrived."""
        if len(self._waiting) < FRAME:
            return None
        frame, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
        return to_int16(frame)


class _Stage:
    """A loudspeaker, a room, a microphone and two ears: one that cancels, and one that does not."""

    def __init__(self, acoustics: Acoustics, voice: OwnVoice, silero: Path) -> None:
        self._answers = voice.answers()
        self.rate = voice.rate
        self._script = Script(Schedule(voice.rate))
        self._monitor = Monitor(self._script)
        self._room = Room(acoustics)
        self._delay = acoustics.delay_s
        self._air = _Air(acoustics)
        self._echo = EchoCanceller(self._monitor, self._time_of)
        self._judge = Silero(silero)
        self.cancelling, self.plain = (
            _Listener(Detector(Gate(), judge, Endpointer()))
            for judge in (Doubting(Silero(silero), self._echo), Silero(silero))
        )
        self._heard = 0
        self.now = 0.0

    def _time_of(self, sample: int) -> float:
        return sample / (RATE * self._air.pace)

    def play(self, least: int = 0, near: Floats | None = None) -> int:
        """Play the next answer that is so many samples (at RATE) long, and listen to it.

        Args:
            least: samples that it must have.
            near: what sounds in the room besides, from _INTO on.

        Returns:
            Sample index of the microphone at which `near` began.
        """
        pcm, pause = next(self._answers)
        while len(pcm) * RATE < least * self.rate:
            pcm, pause = next(self._answers)
        self._script.add(pcm, self.now)
        seconds = round((len(pcm) / self.rate + pause) * 50) / 50
        played = self._monitor.between(self.now, self.now + seconds)
        if played is None:
            played = np.zeros(round(seconds * RATE), dtype=np.int16)
        sound = self._room.hear(to_floats(played))
        if near is not None:
            stretch = sound[_INTO : _INTO + len(near)]
            stretch += near[: len(stretch)]
        began = round((self.now + _INTO / RATE + self._delay) * RATE * self._air.pace)
        self.now += seconds
        self._air.add(sound)
        self._listen()
        return began

    def silent(self, near: Floats) -> float | None:
        """Milliseconds after which somebody is suspected to speak while nothing is said."""
        sound = np.concatenate((np.zeros(_INTO, dtype=np.float32), near))
        heard = to_int16(self._room.hear(np.zeros_like(sound)) + sound)
        ear = _Listener(Detector(Gate(), self._judge, Endpointer()))
        for start in range(0, len(heard) - FRAME + 1, FRAME):
            ear.hear(AudioFrame(heard[start : start + FRAME], start), loud=False)
        return _delay(ear, _INTO)

    def restart(self) -> None:
        """Let both ears begin anew."""
        for ear in (self.cancelling, self.plain):
            ear.detector.reset(self._heard)

    def _listen(self) -> None:
        """Hear what has arrived, up to where it is not settled yet what is played."""
        while self._time_of(self._heard) < self.now - _KNOWN:
            pcm = self._air.take()
            if pcm is None:
                return
            frame = AudioFrame(pcm, self._heard)
            cleaned = self._echo.clean(frame)
            loud = self._echo.reference is not None
            self.cancelling.hear(cleaned, loud=loud)
            self.plain.hear(frame, loud=loud)
            self._heard = frame.end


def _alone(stage: _Stage, seconds: float) -> Figures:
    while stage.now < seconds:
        stage.play()
    removed = 10 * np.log10(stage.plain.power / max(stage.cancelling.power, 1.0))
    return {
        "minutes": stage.now / 60,
        "removed_db": round(float(removed), 1),
        **{
            name: {"suspected": len(ear.suspected), "started": len(ear.started)}
            for name, ear in (("with", stage.cancelling), ("without", stage.plain))
        },
    }


def _spoken_over(near: Sequence[_Near], count: int, voice: OwnVoice, silero: Path) -> Figures:
    """How soon somebody is noticed, by room and by loudness."""
    trials: list[_Trial] = []
    people = cycle(near)
    for name, acoustics in ROOMS.items() if near else ():
        stage = _Stage(acoustics, voice, silero)
        for _ in range(3):
            stage.play()  # Whoever is interrupted has spoken before.
        for number in range(count // len(ROOMS)):
            level = _LEVELS_DB[number % len(_LEVELS_DB)]
            trials.append(_interrupted(stage, name, next(people), level))
    return {
        "with": _noticed([trial.cancelling for trial in trials]),
        "without": _noticed([trial.plain for trial in trials]),
        "while_silent": _noticed([trial.silent for trial in trials]),
        "later_than_while_silent_ms": spread(trial.later for trial in trials),
        "levels": {
            f"{level:.0f} dB": _noticed([t.cancelling for t in trials if t.level == level])
            for level in _LEVELS_DB
        },
        "rooms": {
            name: _noticed([t.cancelling for t in trials if t.room == name]) for name in ROOMS
        },
    }


def _interrupted(stage: _Stage, room: str, near: _Near, level: float) -> _Trial:
    sound = near.sound * np.float32(10 ** (level / 20))
    stage.restart()
    began = stage.play(_INTO + _IN_TIME, sound)
    return _Trial(
        room,
        level,
        cancelling=_delay(stage.cancelling, began),
        plain=_delay(stage.plain, began),
        silent=stage.silent(sound),
    )


def _delay(ear: _Listener, onset: int) -> float | None:
    in_time = [at - onset for at in ear.suspected if 0 <= at - onset <= _IN_TIME]
    return in_time[0] * 1000 / RATE if in_time else None


def _noticed(delays: Sequence[float | None]) -> Figures:
    missed = sum(delay is None for delay in delays)
    return {"onset_to_suspicion_ms": spread(delays), "missed": share(missed, len(delays))}
