from pathlib import Path

import numpy as np
import pytest

from audio.frames import RATE, Pcm
from audio.wav import read_wav
from daemon.bench.material import Item
from daemon.bench.script import Scene, edges

HUSH = RATE // 50
"""Samples by which an edge may be beside the truth: 20 ms, and a level."""


def tone(seconds: float, amplitude: float) -> Pcm:
    at = np.arange(round(seconds * RATE))
    return (amplitude * np.sin(at * 2 * np.pi * 220 / RATE)).astype(np.int16)


def noise(seconds: float, amplitude: float) -> Pcm:
    dice = np.random.default_rng(1)
    return dice.normal(0, amplitude, round(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize("loud", [0.0, 5.0, 150.0])
def test_speech_is_found_in_whatever_noise_the_room_has(loud: float) -> None:
    pcm = noise(2.0, loud)
    pcm[RATE // 2 : RATE] += tone(0.5, 6000)
    onset, ended = edges(pcm)
    assert abs(onset - RATE // 2) <= HUSH
    assert abs(ended - RATE) <= HUSH


def test_a_pause_does_not_end_it_and_a_click_does_not_prolong_it() -> None:
    pcm = noise(3.0, 5)
    pcm[RATE // 2 : RATE] += tone(0.5, 6000)
    pcm[3 * RATE // 2 : 2 * RATE] += tone(0.5, 6000)
    pcm[-800:-400] += tone(0.025, 9000)
    pcm[400:800] += tone(0.025, 9000)
    onset, ended = edges(pcm)
    assert abs(onset - RATE // 2) <= HUSH
    assert abs(ended - 2 * RATE) <= HUSH


def test_where_nothing_stands_out_all_of_it_counts() -> None:
    assert edges(np.zeros(RATE, np.int16)) == (0, RATE)
    assert edges(np.zeros(10, np.int16)) == (0, 10)
    assert edges(np.zeros(0, np.int16)) == (0, 0)


def test_a_scene_knows_where_everything_is(tmp_path: Path) -> None:
    scene = Scene(1.0)
    said = np.concatenate((np.zeros(RATE // 2, np.int16), tone(0.5, 6000)))
    first, second = Item("a", "s", None), Item("b", "s", None)
    scene.say(first, said)
    scene.wait(2.0)
    scene.say(second, said)
    script = scene.script()
    assert [cue.item for cue in script.cues] == [first, second]
    assert [cue.start for cue in script.cues] == [RATE, 4 * RATE]
    assert [abs(cue.onset - cue.start - RATE // 2) <= HUSH for cue in script.cues] == [True, True]
    assert [cue.ended for cue in script.cues] == [2 * RATE, 5 * RATE]
    script.write(tmp_path / "in.wav")
    assert np.array_equal(read_wav(tmp_path / "in.wav").pcm, script.pcm)
