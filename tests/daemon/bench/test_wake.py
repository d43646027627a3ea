"""Counting of wakes, on recordings of people who say "alexa" and of people who do not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from audio.frames import Pcm
from daemon.bench import wake
from daemon.bench.bench import Bench
from daemon.bench.material import Item, sound
from daemon.settings import Listening, WakeWord

SPEECH = Path(__file__).parents[2] / "data" / "speech"


class Rounds:
    """The part of a bench that this measurement uses."""

    def __init__(self, items: list[Item], *on: str) -> None:
        words = [WakeWord(phrase=phrase) for phrase in on]
        settings = SimpleNamespace(listening=Listening(wake=words))
        self.shop = SimpleNamespace(config=SimpleNamespace(settings=settings))
        self.items = items
        self.quick = False

    def sound(self, item: Item) -> Pcm:
        assert item.path is not None
        return sound(item.path)


def alexa(folder: str, kind: Any) -> list[Item]:
    paths = sorted((SPEECH / "picovoice").glob("*.wav"))
    assert len(paths) == 2
    return [Item(f"set/{folder}/{path.name}", "set", path, kind) for path in paths]


def order() -> Item:
    path = SPEECH / "speech_to_phrase" / "lock-the-front-door.wav"
    return Item("orders/lock.wav", "orders", path)


def noise() -> Item:
    path = SPEECH / "speech_to_phrase" / "background-noise.wav"
    return Item("noise/room.wav", "noise", path, "noise")


def measured(items: list[Item], *on: str) -> dict[str, Any]:
    return wake.measure(cast("Bench", Rounds(items, *on)))


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "_TIMED_S", 1)


def test_who_calls_is_heard_and_who_does_not_is_not() -> None:
    told = measured([*alexa("Alexa", "wake"), order(), noise()], "alexa")
    assert told["recall"]["quiet"] == {"alexa": {"n": 2, "heard": 1.0}}
    assert told["recall"]["10 dB noise"]["alexa"]["n"] == 2
    assert told["woken_by_others"]["phrases_on"]["wakes"] == 0
    assert set(told["woken_by_others"]["hours"]) == {"speech", "noise"}
    assert [bar["met"] for bar in told["bars"]] == [True, True]
    assert set(told["core_share"]) == {"silence", "noise"}


def test_a_wake_in_speech_is_a_false_one_if_its_phrase_is_on() -> None:
    television = alexa("television", "speech")
    told = measured(television, "alexa")
    assert told["woken_by_others"]["phrases_on"]["wakes"] == 2
    assert told["woken_by_others"]["phrases_on"]["by_kind"] == {"speech": 2}
    assert [bar["met"] for bar in told["bars"]] == [None, False]
    told = measured(television, "okay_nabu")
    assert told["woken_by_others"]["phrases_on"]["wakes"] == 0
    assert told["woken_by_others"]["by_phrase"]["alexa"] == 2, "it is told of all the same"


def test_other_wake_words_are_told_apart() -> None:
    told = measured([*alexa("computer", "wake"), order()], "alexa")
    assert told["woken_by_others"]["phrases_on"]["wakes"] == 0
    assert told["woken_by_other_wake_words"]["phrases_on"]["wakes"] == 2


def test_noise_is_ten_decibels_below_who_speaks() -> None:
    rng = np.random.default_rng(1)
    call = (rng.normal(0, 3000, 16_000)).astype(np.int16)
    noise = (rng.normal(0, 50, 5_000)).astype(np.int16)
    room = wake._in_a_room(call, noise)
    alone = room[:16_000].astype(float)
    loud = call[np.abs(call.astype(int)) > 0.1 * np.abs(call.astype(int)).max()].astype(float)
    assert 10 * np.log10(np.mean(loud**2) / np.mean(alone**2)) == pytest.approx(10, abs=0.3)
