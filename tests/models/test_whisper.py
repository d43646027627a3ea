"""The ear's order of calls and verdicts, with a decoder that says what a test wants."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.frames import RATE, Utterance
from models.ports import ModelMissing, Transcript
from models.whisper import BEAMS, ECHO, WhisperEar
from models.whisper_decoder import FILES, Decoder
from models.whisper_guard import Decode
from models.worker import Worker
from tests.clock import run

HOME = ["Kitchen", "Outdoor Humidity", "Shopping List"]
CLEAR = Decode("Lock the front door.", "en", 6, -0.1, 0.01, 0.9, ended=True)
NOISE = replace(CLEAR, text="The", tokens=1, logprob=-4.0)


class ScriptedDecoder(Decoder):
    """Gives out decodes in order and notes what was asked of it."""

    def __init__(self, *decodes: Decode) -> None:
        self.decodes = list(decodes)
        self.encoded: list[tuple[int, int]] = []
        self.names: list[Sequence[str]] = []
        self.beams: list[int] = []

    def encode(self, pcm: Any, window: int) -> Any:
        self.encoded.append((len(pcm), window))

    def generate(
        self, encoded: Any, seconds: float, names: Sequence[str], *, beams: int = 1
    ) -> Decode:
        self.names.append(names)
        self.beams.append(beams)
        return self.decodes.pop(0)


def transcribed(decoder: ScriptedDecoder, seconds: float = 2.0, voiced: float = 1.0) -> Transcript:
    async def scenario() -> Transcript:
        ear = WhisperEar(Worker("ear"), decoder, "en")
        pcm = np.zeros(int(seconds * RATE), np.int16)
        try:
            return await ear.transcribe(Utterance(pcm, 0, len(pcm), len(pcm), voiced), HOME)
        finally:
            ear.close()

    return run(scenario())


def test_a_command_is_encoded_once_in_the_short_window() -> None:
    decoder = ScriptedDecoder(CLEAR)
    transcript = transcribed(decoder)
    assert transcript.text == "Lock the front door."
    assert transcript.rejected == ""
    assert transcript.confidence == pytest.approx(0.905, abs=0.001)
    assert decoder.encoded == [(2 * RATE, 15)]
    assert decoder.names == [HOME]


def test_noise_is_no_words_but_the_journal_learns_why() -> None:
    transcript = transcribed(ScriptedDecoder(NOISE))
    assert (transcript.text, transcript.rejected) == ("", "uncertain")


def test_no_sound_needs_no_engine() -> None:
    assert transcribed(ScriptedDecoder(), seconds=0) == Transcript("", 0.0, "en")


def test_an_empty_decode_is_not_a_rejection() -> None:
    silence = replace(CLEAR, text="", tokens=0)
    assert transcribed(ScriptedDecoder(silence)) == Transcript("", 0.0, "en")


def test_words_that_the_voice_had_no_time_for_are_not_believed() -> None:
    long = replace(CLEAR, text="I'm going to put the oil in the pan.")
    assert transcribed(ScriptedDecoder(long), voiced=0.1).rejected == "more words than voice"


def test_an_echo_of_the_vocabulary_is_heard_again_without_it_and_dropped() -> None:
    echo = replace(CLEAR, text="Humidity, Shopping List.")
    decoder = ScriptedDecoder(echo, NOISE)
    transcript = transcribed(decoder)
    assert (transcript.text, transcript.rejected) == ("", ECHO)
    assert decoder.names == [HOME, ()]
    assert len(decoder.encoded) == 1


def test_what_is_refused_anyway_is_not_heard_again() -> None:
    decoder = ScriptedDecoder(replace(NOISE, text="Kitchen"))
    assert transcribed(decoder).rejected == "uncertain"
    assert decoder.names == [HOME]


def test_a_name_alone_is_kept_when_it_is_speech_without_the_vocabulary_too() -> None:
    name = replace(CLEAR, text="Outdoor humidity.")
    misheard = replace(CLEAR, text="Outdoor community.")
    assert transcribed(ScriptedDecoder(name, misheard)).text == "Outdoor humidity."


def test_a_list_of_names_is_replaced_by_what_was_heard_without_them() -> None:
    echo = replace(CLEAR, text="Kitchen, Outdoor Humidity")
    assert transcribed(ScriptedDecoder(echo, CLEAR)).text == "Lock the front door."


def test_pieces_of_a_monologue_are_joined_without_the_refused_ones() -> None:
    first = replace(CLEAR, text="First.", tokens=1, logprob=-0.1)
    last = replace(CLEAR, text="And last.", tokens=3, logprob=-0.5)
    transcript = transcribed(ScriptedDecoder(first, NOISE, last, last), seconds=60)
    assert transcript.text == "First. And last."
    assert transcript.confidence == pytest.approx(np.exp((-0.1 - 3 * 0.5) / 4))
    assert transcript.rejected == ""


@pytest.mark.parametrize("lost", FILES)
def test_a_missing_file_says_which_command_brings_it(tmp_path: Path, lost: str) -> None:
    for name in set(FILES) - {lost}:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelMissing, match=rf"{lost}.*auricle models pull"):
        run(WhisperEar.load(tmp_path))


def test_what_is_not_certain_is_decoded_again_with_several_hypotheses() -> None:
    unsure = replace(CLEAR, text="Walk the front door.", logprob=-0.5)
    better = replace(CLEAR, logprob=-0.3, others=("Walk the front door.",))
    decoder = ScriptedDecoder(unsure, better)
    transcript = transcribed(decoder)
    assert (transcript.text, transcript.others) == (CLEAR.text, ("Walk the front door.",))
    assert decoder.beams == [1, BEAMS]
    assert len(decoder.encoded) == 1
    assert transcribed(ScriptedDecoder(unsure, NOISE)).text == "Walk the front door."


def test_what_is_certain_or_noise_is_decoded_once() -> None:
    for once in (CLEAR, NOISE):
        decoder = ScriptedDecoder(once)
        transcribed(decoder)
        assert decoder.beams == [1]


def test_what_else_it_may_have_been_is_told_of_one_piece_alone() -> None:
    decode = replace(CLEAR, others=("Walk the front door.",))
    assert transcribed(ScriptedDecoder(decode)).others == ("Walk the front door.",)
    assert transcribed(ScriptedDecoder(decode, decode), seconds=40.0).others == ()
    assert transcribed(ScriptedDecoder(replace(NOISE, others=("A",)))).others == ()
