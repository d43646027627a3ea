"""What settings make of listening."""

from typing import Any

import pytest

from daemon import listening
from daemon.config import ConfigError
from daemon.settings import Audio, Listening, Settings
from daemon.soundcard import Output, Source
from models.ports import Transcript
from tests.doubles.acts import ScriptedActs
from tests.doubles.audio import ScriptedMicrophone


def source(channel: str) -> Source:
    return Source(ScriptedMicrophone(), channel)


@pytest.mark.parametrize(
    ("audio", "channel", "output", "barge_in"),
    [
        ({}, "wav", "speaker", True),
        ({}, "mic", "speaker", True),
        ({}, "mic", "null", True),
        ({"echo": "off"}, "mic", "speaker", False),
        ({"echo": "off"}, "mic", "null", True),
        ({"echo": "off", "barge_in": "on"}, "mic", "speaker", True),
        ({"barge_in": "off"}, "wav", "null", False),
    ],
)
def test_who_takes_our_own_voice_for_another_does_not_listen_meanwhile(
    audio: dict[str, Any], channel: str, output: Output, barge_in: bool
) -> None:
    settings = Settings(audio=Audio.model_validate(audio))
    manners = listening.manners(settings, source(channel), output)
    assert (manners.channel, manners.barge_in) == (channel, barge_in)


@pytest.mark.parametrize(
    ("mode", "channel", "wake", "heard"),
    [
        ("wake", "mic", False, "wake"),
        ("push", "mic", True, "push"),
        ("wake", "wav", False, "open"),
        ("open", "wav", True, "wake"),
    ],
)
def test_a_recording_is_heard_at_once_unless_it_shall_wake_us(
    mode: str, channel: str, wake: bool, heard: str
) -> None:
    settings = Listening.model_validate({"mode": mode})
    assert listening.mode(settings, source(channel), wake=wake) == heard


def test_what_the_grammar_understands_is_waited_for_the_least() -> None:
    acts = ScriptedActs(fast={"lights on": "On."})
    wait = listening.patience(acts, Settings())
    sure = wait(Transcript("lights on", 0.9, "en"), 0.95)
    other = wait(Transcript("Who painted that?", 0.9, "en"), 0.95)
    half = wait(Transcript("turn on the", 0.9, "en"), 0.95)
    assert sure < other < half
    slow = Settings(listening=Listening.model_validate({"patience": 2.0}))
    assert listening.patience(acts, slow)(Transcript("lights on", 0.9, "en"), 0.95) == 2 * sure


def test_half_a_sentence_is_none_that_can_be_done() -> None:
    half = listening.is_half(ScriptedActs(fast={"turn it on the": "On."}), "en")
    assert half("Turn on the")
    assert not half("turn it on the")
    assert not half("What time is it?")


@pytest.mark.parametrize(
    "wake", [{"phrase": "computer"}, {"phrase": "mine", "model": "/nowhere/mine.json"}]
)
def test_a_wake_word_that_cannot_be_heard_is_a_mistake_in_the_configuration(
    wake: dict[str, Any],
) -> None:
    with pytest.raises(ConfigError, match=r"listening\.wake"):
        listening.check(Listening.model_validate({"wake": [wake]}))


def test_words_that_are_not_believed_may_be_half_a_sentence() -> None:
    wait = listening.patience(ScriptedActs(), Settings())
    nothing, doubted = Transcript("", 0.0, "en"), Transcript("", 0.2, "en", rejected="uncertain")
    assert wait(doubted, 0.5) > wait(nothing, 0.5)
