"""The ear's order of calls and verdicts, with a decoder that says what a test wants."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from audio.frames import RATE, Utterance
from models.ports import ModelMissing, Transcript
from models.whisper import BEAMS, COMMAND_S, ECHO, WhisperEar
from models.whisper_decoder import FILES, Decoder
from models.whisper_guard import Decode
from models.whisper_window import LONGEST, WINDOW
from models.worker import Worker
from tests.clock import run

T = TypeVar("T")
HOME = ["Kitchen", "Outdoor Humidity", "Shopping List"]
CLEAR = Decode("Lock the front door.", "en", 6, -0.1, 0.01, 0.9, ended=True)
NOISE = replace(CLEAR, text="The", tokens=1, logprob=-4.0)


class ScriptedDecoder(Decoder):
    """Gives out decodes in order and notes what was asked of it."""

    def __init__(self, *decodes: Decode) -> None:
        self.decodes = list(decodes)
        self.encoded: list[int] = []
        self.names: list[Sequence[str]] = []
        self.beams: list[int] = []

    def encode(self, pcm: Any, window: int = WINDOW) -> Any:
        assert window == WINDOW
        self.encoded.append(len(pcm))

    def generate(
        self, encoded: Any, seconds: float, names: Sequence[str], *, beams: int = 1
    ) -> Decode:
        self.names.append(names)
        self.beams.append(beams)
        return self.decodes.pop(0)


def said(seconds: float, voiced: float = 1.0, seed: int = 0) -> Utterance:
    """A sound of so many seconds that grows with them; it is quiet once a second."""
    random = np.random.default_rng(seed)
    pcm = random.integers(-8000, 8000, 60 * RATE, dtype=np.int16)[: int(seconds * RATE)]
    pcm[np.arange(len(pcm)) % RATE > 3 * RATE // 4] //= 100
    return Utterance(pcm, 0, len(pcm), len(pcm), voiced)


def using(decoder: Decoder, scenario: Callable[[WhisperEar], Coroutine[Any, Any, T]]) -> T:
    async def main() -> T:
        ear = WhisperEar(Worker("ear"), decoder, "en")
        try:
            return await scenario(ear)
        finally:
            ear.close()

    return run(main())


def transcribed(decoder: ScriptedDecoder, seconds: float = 2.0, voiced: float = 1.0) -> Transcript:
    silence = replace(said(seconds, voiced), pcm=np.zeros(int(seconds * RATE), np.int16))
    return using(decoder, lambda ear: ear.transcribe(silence, HOME))


def test_a_command_is_encoded_once_in_the_short_window() -> None:
    decoder = ScriptedDecoder(CLEAR)
    transcript = transcribed(decoder)
    assert transcript.text == "Lock the front door."
    assert transcript.rejected == ""
    assert transcript.confidence == pytest.approx(0.905, abs=0.001)
    assert decoder.encoded == [2 * RATE]
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
    transcript = transcribed(ScriptedDecoder(first, NOISE, last), seconds=26)
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
    assert transcribed(ScriptedDecoder(decode, decode), seconds=20.0).others == ()
    assert transcribed(ScriptedDecoder(replace(NOISE, others=("A",)))).others == ()


def test_what_is_understood_is_not_looked_at_again() -> None:
    unsure = replace(CLEAR, logprob=-0.5)
    asked: list[tuple[str, float]] = []

    def enough(text: str, confidence: float) -> bool:
        asked.append((text, round(confidence, 2)))
        return True

    decoder = ScriptedDecoder(unsure)
    heard = using(decoder, lambda ear: ear.transcribe(said(2), HOME, enough=enough))
    assert (heard.text, decoder.beams) == (CLEAR.text, [1])
    assert asked == [(CLEAR.text, 0.61)]


def test_wide_search_is_for_commands_alone() -> None:
    unsure = replace(CLEAR, logprob=-0.5)
    decoder = ScriptedDecoder(unsure)
    using(decoder, lambda ear: ear.transcribe(said(COMMAND_S + 1), HOME))
    assert decoder.beams == [1]
    decoder = ScriptedDecoder(unsure, unsure)
    using(decoder, lambda ear: ear.transcribe(said(16), HOME))
    assert decoder.encoded[-1] < COMMAND_S * RATE
    assert decoder.beams == [1, 1]


def test_a_sketch_is_one_greedy_look() -> None:
    decoder = ScriptedDecoder(replace(CLEAR, logprob=-0.5))
    sketch = using(decoder, lambda ear: ear.sketch(said(2), HOME))
    assert sketch.text == CLEAR.text
    assert (decoder.beams, decoder.names) == ([1], [HOME])


def test_a_sketch_shows_nothing_that_nobody_said() -> None:
    for invented, reason in ((NOISE, "uncertain"), (replace(CLEAR, text="Kitchen"), ECHO)):
        decoder = ScriptedDecoder(invented)
        sketch = using(decoder, lambda ear: ear.sketch(said(2), HOME))
        assert (sketch.text, sketch.rejected) == ("", reason)
    assert using(ScriptedDecoder(), lambda ear: ear.sketch(said(0), HOME)).text == ""


class WatchedDecoder(ScriptedDecoder):
    """Notes the order of its steps; its first one takes until it is let go."""

    def __init__(self, *decodes: Decode) -> None:
        super().__init__(*decodes)
        self.steps: list[str] = []
        self.begun = threading.Event()
        self.goes_on = threading.Event()

    def encode(self, pcm: Any, window: int = WINDOW) -> Any:
        self.steps.append(f"encode {len(pcm) // RATE} s")
        self.begun.set()
        assert self.goes_on.wait(10)
        return len(pcm) // RATE

    def generate(
        self, encoded: Any, seconds: float, names: Sequence[str], *, beams: int = 1
    ) -> Decode:
        self.steps.append(f"generate {encoded} s")
        return super().generate(encoded, seconds, names, beams=beams)


def beside(cancelled: bool) -> list[str]:
    """Steps of the engine when something is transcribed while a sketch is being encoded."""
    decoder = WatchedDecoder(CLEAR, CLEAR)

    async def scenario(ear: WhisperEar) -> None:
        sketch = asyncio.create_task(ear.sketch(said(1), HOME))
        await asyncio.to_thread(decoder.begun.wait)
        final = asyncio.create_task(ear.transcribe(said(2), HOME))
        await asyncio.sleep(0)
        if cancelled:
            sketch.cancel()
        decoder.goes_on.set()
        assert (await final).text == CLEAR.text
        await asyncio.wait([sketch])
        assert sketch.cancelled() == cancelled

    using(decoder, scenario)
    return decoder.steps


def test_a_transcription_waits_for_one_step_of_a_sketch_at_the_most() -> None:
    assert beside(cancelled=False) == ["encode 1 s", "encode 2 s", "generate 2 s", "generate 1 s"]


def test_a_cancelled_sketch_makes_no_second_step() -> None:
    assert beside(cancelled=True) == ["encode 1 s", "encode 2 s", "generate 2 s"]


def test_of_a_monologue_only_what_is_new_is_decoded() -> None:
    decoded = [replace(CLEAR, text=text) for text in ("One", "One.", "T", "Two.", "And three.")]
    decoder = ScriptedDecoder(*decoded)

    async def scenario(ear: WhisperEar) -> list[str]:
        sketches = [(await ear.sketch(said(seconds), HOME)).text for seconds in (9, 16, 17, 30)]
        return [*sketches, (await ear.transcribe(said(31), HOME)).text]

    assert using(decoder, scenario) == [
        "One",
        "One.",
        "One. T",
        "One. Two.",
        "One. Two. And three.",
    ]
    assert max(decoder.encoded) <= LONGEST * RATE
    assert sum(decoder.encoded[-4::2]) + decoder.encoded[-1] == 31 * RATE


def test_another_sound_from_the_same_sample_on_is_another_utterance() -> None:
    first, other = replace(CLEAR, text="one"), replace(CLEAR, text="other")
    decoder = ScriptedDecoder(first, first, other, other, first, first)

    async def scenario(ear: WhisperEar) -> list[str]:
        heard = [await ear.transcribe(said(20, seed=seed), HOME) for seed in (0, 1)]
        return [one.text for one in [*heard, await ear.transcribe(said(20), ())]]

    assert using(decoder, scenario) == ["one one", "other other", "one one"]
