"""Wake words on recordings of people who say one, and of people who do not."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from audio.frames import FRAME, RATE, AudioFrame, Pcm, Woken
from audio.ports import WakeModelError
from audio.wake import Phrase, WakeWords
from audio.wake_model import WakeModel, built_in
from audio.wav import read_wav

SPEECH = Path(__file__).parents[1] / "data" / "speech"
ALEXA = sorted((SPEECH / "picovoice").glob("*.wav"))
ALL = [Phrase(name) for name in ("okay_nabu", "hey_jarvis", "hey_mycroft", "alexa")]


def silence(seconds: float, seed: int = 0) -> Pcm:
    """A room in which nobody speaks."""
    return np.random.default_rng(seed).integers(-4, 5, round(seconds * RATE)).astype(np.int16)


def said(path: Path, *, after: float = 1.0, before: float = 1.0) -> Pcm:
    return np.concatenate((silence(after), read_wav(path).pcm, silence(before)))


def heard(words: WakeWords, pcm: Pcm, start: int = 0, own: Pcm | None = None) -> list[Woken]:
    """What is found in a stretch of sound; `own` is what the loudspeaker plays meanwhile."""
    woken = []
    for at in range(0, len(pcm) - FRAME + 1, FRAME):
        reference = None if own is None else own[at : at + FRAME]
        woken += words.hear(AudioFrame(pcm[at : at + FRAME], start + at), reference)
    return woken


@pytest.mark.parametrize("path", ALEXA, ids=lambda path: path.stem)
def test_who_says_it_is_heard_and_no_other_phrase_is(path: Path) -> None:
    pcm = said(path)
    (woken,) = heard(WakeWords(ALL), pcm)
    assert woken.phrase == "alexa"
    assert 0.9 < woken.score <= 1
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 0.1 * np.abs(pcm.astype(int)).max())
    assert woken.at == pytest.approx(loud[-1], abs=0.35 * RATE)


def test_orders_and_noise_wake_nobody() -> None:
    recordings = sorted((SPEECH / "speech_to_phrase").glob("*.wav"))
    assert len(recordings) >= 8
    words = WakeWords(ALL)
    assert heard(words, np.concatenate([said(path) for path in recordings])) == []


def test_a_threshold_of_ones_own_is_what_counts() -> None:
    words = WakeWords([Phrase("alexa", threshold=0.998)])
    pcm = said(ALEXA[0])
    assert heard(words, pcm) == []
    assert words.near_misses == {"alexa": 1}
    assert 0.9 < words.nearest["alexa"] <= 0.998


def test_a_wake_is_no_near_miss_and_is_told_once() -> None:
    words = WakeWords([Phrase("alexa", threshold=0.3)])
    assert len(heard(words, said(ALEXA[0]))) == 1
    assert not words.near_misses


def test_the_same_phrase_counts_again_after_a_rest() -> None:
    words = WakeWords(ALL)
    twice = np.concatenate((said(ALEXA[0]), said(ALEXA[1])))
    assert [woken.phrase for woken in heard(words, twice)] == ["alexa", "alexa"]


def test_a_gap_between_two_halves_of_it_makes_no_wake() -> None:
    pcm = said(ALEXA[0])
    (woken,) = heard(WakeWords(ALL), pcm)
    halfway = (woken.at - RATE // 5) // FRAME * FRAME
    words = WakeWords(ALL)
    assert heard(words, pcm[:halfway]) == []
    assert heard(words, silence(2), halfway + 5 * RATE) == []


def test_a_model_of_ones_own_is_a_file(tmp_path: Path) -> None:
    for path in (built_in()["alexa"], built_in()["alexa"].with_suffix(".tflite")):
        shutil.copy(path, tmp_path)
    words = WakeWords([Phrase("computer", model=tmp_path / "alexa.json")])
    assert [woken.phrase for woken in heard(words, said(ALEXA[0]))] == ["computer"]


def mixed(*parts: Pcm) -> Pcm:
    length = max(len(part) for part in parts)
    padded: Iterable[Pcm] = (np.pad(part.astype(int), (0, length - len(part))) for part in parts)
    return np.clip(sum(padded), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("path", ALEXA, ids=lambda path: path.stem)
@pytest.mark.parametrize("delay", [0.0, 0.04, 0.2])
@pytest.mark.parametrize("loudness", [1.0, 0.1])
def test_our_own_voice_wakes_nobody(path: Path, delay: float, loudness: float) -> None:
    """Not even if the echo canceller takes nothing of it away."""
    own = said(path)
    echo = mixed((np.concatenate((silence(delay), own)) * loudness).astype(np.int16), silence(1, 1))
    words = WakeWords(ALL)
    assert len(heard(WakeWords(ALL), echo[: len(own)])) == 1, "it would wake us"
    assert heard(words, echo[: len(own)], own=own) == []


def test_our_own_voice_wakes_nobody_if_it_is_known_a_moment_too_late() -> None:
    """The clocks of a loudspeaker and a microphone agree within some milliseconds only."""
    own = said(ALEXA[0])
    known = np.concatenate((silence(0.1), own))[: len(own)]
    assert heard(WakeWords(ALL), own, own=known) == []


def test_a_tail_of_our_own_voice_in_the_room_wakes_nobody() -> None:
    own = said(ALEXA[0], before=0.0)
    echo = np.concatenate((silence(0.3), own))
    words = WakeWords(ALL)
    assert heard(words, echo[: len(own)], own=own) == []
    assert heard(words, np.concatenate((echo[len(own) :], silence(1))), len(own)) == []


def test_somebody_who_calls_while_we_speak_is_heard() -> None:
    speech = np.concatenate(
        [said(path) for path in sorted((SPEECH / "pocketsphinx").glob("*.wav"))]
    )
    call = said(ALEXA[1], after=2.0)
    own = speech[: len(call)]
    woken = heard(WakeWords(ALL), mixed(call, (own * 0.05).astype(np.int16)), own=own)
    assert [one.phrase for one in woken] == ["alexa"]


def test_an_unknown_phrase_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(WakeModelError, match=r"'hey_you'.*alexa.*okay_nabu.*\.json"):
        WakeWords([Phrase("hey_you")])


def a_pair(folder: Path, **changes: object) -> Path:
    """A model whose description says something else than it should."""
    config = folder / "mine.json"
    told = json.loads(built_in()["alexa"].read_text())
    told["model"] = "mine.tflite"
    told["micro"] |= changes
    config.write_text(json.dumps(told))
    shutil.copy(built_in()["alexa"].with_suffix(".tflite"), folder / "mine.tflite")
    return config


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"feature_step_size": 20}, "every 10 ms"),
        ({"probability_cutoff": 1.5}, "no use"),
        ({"sliding_window_size": 0}, "no use"),
        ({"sliding_window_size": "many"}, "does not describe"),
    ],
)
def test_a_model_that_cannot_work_here_is_refused(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(WakeModelError, match=told):
        WakeModel(a_pair(tmp_path, **changes))


def test_files_that_are_missing_or_damaged_are_named(tmp_path: Path) -> None:
    with pytest.raises(WakeModelError, match=r"nowhere\.json: cannot be read"):
        WakeModel(tmp_path / "nowhere.json")
    config = a_pair(tmp_path)
    network = tmp_path / "mine.tflite"
    whole = network.read_bytes()
    for damaged in (b"", whole[:20_000], b"not a model" * 100):
        network.write_bytes(damaged)
        with pytest.raises(WakeModelError, match=r"mine\.tflite: not a usable"):
            WakeModel(config)
    network.unlink()
    with pytest.raises(WakeModelError, match=r"mine\.tflite does not lie beside it"):
        WakeModel(config)
    config.write_text("[]")
    with pytest.raises(WakeModelError, match="does not describe"):
        WakeModel(config)
