"""What is counted when noise goes through an ear that writes what a test wants."""

import numpy as np
import pytest

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import RATE, Pcm
from audio.gate import Gate
from audio.silero import WINDOW
from daemon.bench.material import Item
from daemon.bench.noise import LEVELS, Listener, Tally, figures
from models.ports import Transcript
from tests.clock import run
from tests.doubles.models import ScriptedEar


class Loudness:
    """A judge that takes everything loud for speech."""

    def probability(self, window: Pcm) -> float:
        assert len(window) == WINDOW
        return 0.9 if np.abs(window).max() > 1000 else 0.1

    def reset(self) -> None:
        pass


def listener(ear: ScriptedEar) -> Listener:
    return Listener(Detector(Gate(), Loudness(), Endpointer()), ear, ["Kitchen"])


def noise(seconds: float) -> Pcm:
    random = np.random.default_rng(0)
    return random.integers(-9000, 9000, int(seconds * RATE), dtype=np.int16)


def test_what_comes_out_as_words_is_counted_and_what_is_refused_by_its_reason() -> None:
    gap = np.zeros(RATE, np.int16)
    sound = np.concatenate((noise(0.5), gap, noise(0.5), gap, noise(0.5)))
    refused = Transcript("", 0.2, "en", rejected="uncertain")
    ear = ScriptedEar(["You.", refused, refused])
    tally = run(listener(ear).hear(sound))
    assert (tally.utterances, tally.texts, dict(tally.refused)) == (3, ["You."], {"uncertain": 2})
    assert tally.seconds == pytest.approx(3.5)
    assert ear.vocabularies == [("Kitchen",)] * 3


def test_sketches_are_made_while_it_goes_on_and_again_of_the_next_one() -> None:
    sound = np.concatenate((noise(2.3), np.zeros(RATE, np.int16), noise(0.8)))
    ear = ScriptedEar(["", ""], sketches=["", "A bird."])
    tally = run(listener(ear).hear(sound))
    assert (tally.sketches, tally.shown) == (len(ear.sketched), len(ear.sketched) - 1)
    assert [one.seconds < 1.5 for one in ear.sketched] == [True, False, True]


def test_silence_is_nothing() -> None:
    assert run(listener(ScriptedEar([])).hear(np.zeros(9 * RATE, np.int16))) == Tally(9.0)


def item(source: str) -> Item:
    return Item(f"{source}/a.ogg", source, None, "noise")


def tallies(tally: Tally) -> dict[str, Tally]:
    return dict.fromkeys(LEVELS, Tally(10.0)) | {"as recorded": tally}


def test_half_an_hour_is_worth_a_verdict() -> None:
    quiet = (item("rain"), tallies(Tally(1800.0, 1)))
    loud = (item("dogs"), tallies(Tally(1800.0, 2, ["Woof."])))
    [short] = figures([(item("rain"), tallies(Tally(600.0)))])["bars"]
    [met] = figures([quiet])["bars"]
    [broken] = figures([quiet, loud])["bars"]
    assert [bar["met"] for bar in (short, met, broken)] == [None, True, False]
    assert broken["measured"] == 1


def test_figures_are_told_by_level_and_by_source() -> None:
    told = figures([(item("rain"), tallies(Tally(1800.0, 3, ["A", "B"])))] * 2)
    recorded = told["levels"]["as recorded"]
    assert (recorded["minutes"], recorded["texts"], recorded["texts_per_hour"]) == (60.0, 4, 4.0)
    assert told["sources"]["rain"] == told["levels"]
    assert told["sung"] is None
    assert told["passed"][0] == {"file": "rain/a.ogg", "level": "as recorded", "texts": ["A", "B"]}


def test_what_is_sung_is_told_apart() -> None:
    sung = (item("noise_sung"), tallies(Tally(3600.0, 1, ["La la."])))
    told = figures([sung, (item("rain"), tallies(Tally(3600.0)))])
    assert told["levels"]["as recorded"]["texts"] == 0
    assert told["sung"]["as recorded"]["texts"] == 1
    assert told["bars"][0]["met"] is True
