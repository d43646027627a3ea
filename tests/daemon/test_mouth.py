"""What was heard of what was said, counted in samples that were played."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import pytest

from audio.frames import AudioFrame
from daemon.mouth import Mouth
from models.ports import EngineFailed
from tests.clock import run
from tests.daemon.stage import cancelled_at
from tests.doubles.audio import RecordingSpeaker
from tests.doubles.models import ScriptedVoice

CLAUSES = ("one two three four", "five six seven eight")


async def stream(*clauses: str) -> AsyncGenerator[str, None]:
    for clause in clauses:
        yield clause


def heard_at(moment: float, voice: ScriptedVoice, clauses: tuple[str, ...] = CLAUSES) -> str:
    async def main() -> str:
        speaker = RecordingSpeaker(voice.rate)
        mouth = Mouth(voice, speaker)
        await cancelled_at(moment, mouth.speak(stream(*clauses)))
        mouth.silence()
        return mouth.heard()

    return run(main())


# A letter takes 0.05 s and a clause begins after 0.06 s: the first one sounds from 0.06 to 0.96 s.
@pytest.mark.parametrize(
    ("moment", "heard"),
    [
        (0.05, ""),
        (0.2, ""),
        (0.3, "one"),
        (0.7, "one two"),
        (0.9, "one two three"),
        (1.0, "one two three four"),
        (1.5, "one two three four five six"),
        (9.0, "one two three four five six seven eight"),
    ],
)
def test_a_clause_cut_short_was_heard_in_proportion(moment: float, heard: str) -> None:
    assert heard_at(moment, ScriptedVoice()) == heard


def test_speaking_ends_with_the_last_sample() -> None:
    voice = ScriptedVoice()

    async def main() -> tuple[float, float | None]:
        speaker = RecordingSpeaker(voice.rate)
        mouth = Mouth(voice, speaker)
        assert mouth.first_audio is None
        await mouth.speak(stream(*CLAUSES))
        assert speaker.played == speaker.queued > 0
        assert speaker.calls[-1] == "drain"
        return asyncio.get_running_loop().time(), mouth.first_audio

    ended, first = run(main())
    letters = sum(map(len, CLAUSES))
    assert first == pytest.approx(0.06)
    assert ended == pytest.approx(0.06 + letters * voice.letter_s, abs=0.01)


def test_a_second_turn_counts_its_own_samples() -> None:
    voice = ScriptedVoice()

    async def main() -> None:
        speaker = RecordingSpeaker(voice.rate)
        before = Mouth(voice, speaker)
        await cancelled_at(0.3, before.speak(stream(*CLAUSES)))
        before.silence()
        assert before.heard() == "one"
        began = asyncio.get_running_loop().time()
        mouth = Mouth(voice, speaker)
        await mouth.speak(stream("nine ten"))
        assert mouth.heard() == "nine ten"
        assert mouth.first_audio == pytest.approx(began + 0.06, abs=0.001)

    run(main())


def test_what_cannot_be_pronounced_takes_no_time() -> None:
    class Picky(ScriptedVoice):
        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            if any(letter.isalpha() for letter in clause):
                async for frame in super().say(clause):
                    yield frame

    assert heard_at(0.04, Picky(start_s=0), ("...", "nine")) == "..."
    assert heard_at(9, Picky(), ("...",)) == "..."
    assert heard_at(9, Picky(), ("nine", "...")) == "nine ..."
    # Cut short while the clause before it still sounds.
    assert heard_at(0.15, Picky(), ("nine ten", "...")) == ""


def test_what_a_lost_loudspeaker_discarded_was_not_heard() -> None:
    class Fading(RecordingSpeaker):
        """Away for the second clause: takes it, counts nothing."""

        clauses = 0

        async def play(self, frame: AudioFrame) -> None:
            self.clauses += frame.start == 0
            if self.clauses != 2:
                await super().play(frame)

    async def main() -> str:
        voice = ScriptedVoice()
        mouth = Mouth(voice, Fading(voice.rate))
        await mouth.speak(stream("one two", "three four", "five six seven"))
        return mouth.heard()

    assert run(main()) == "one two five six seven"


def test_no_clause_is_asked_of_the_voice_before_the_one_before_has_been_taken() -> None:
    voice = ScriptedVoice()  # fails the test if it is called while it speaks
    assert heard_at(30, voice, CLAUSES * 5) == " ".join(CLAUSES * 5)
    assert voice.finished == list(CLAUSES * 5)


class Streaming(ScriptedVoice):
    """Makes its frames twice as fast as they are played."""

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        async with aclosing(super().say(clause)) as frames:
            async for frame in frames:
                yield frame
                await asyncio.sleep(self.frame_s / 2)


# Frames of 0.1 s come from 0.06 s on, each 0.05 s; the first clause is whole at 0.56 s.
@pytest.mark.parametrize(
    ("moment", "heard"),
    [(0.05, ""), (0.3, "one"), (0.55, "one two"), (0.7, "one two"), (1.0, CLAUSES[0]), (9, None)],
)
def test_a_clause_is_played_from_its_first_frame_on(moment: float, heard: str | None) -> None:
    assert heard_at(moment, Streaming()) == (" ".join(CLAUSES) if heard is None else heard)


def test_the_length_of_a_clause_that_is_still_made_is_guessed_from_its_letters() -> None:
    # Letters of this voice are short: half of the clause has been heard, but less is claimed.
    voice = Streaming(letter_s=0.03, frame_s=0.05)
    assert heard_at(0.06 + 0.272, voice) == "one"
    assert heard_at(0.06 + 0.3, voice) == "one two"


def test_clauses_follow_each_other_without_a_gap() -> None:
    async def main() -> None:
        voice = ScriptedVoice(start_s=1.5)
        speaker = RecordingSpeaker(voice.rate)
        await Mouth(voice, speaker).speak(stream(*["ten letters" * 4] * 4))
        length = 4 * 44 * voice.letter_s
        assert asyncio.get_running_loop().time() == pytest.approx(1.5 + length, abs=0.01)

    run(main())


def test_only_one_clause_is_made_ahead() -> None:
    voice = ScriptedVoice()
    heard_at(0.5, voice, tuple(f"clause {number} " * 6 for number in range(5)))
    assert len(voice.said) == 2


def test_a_pause_is_not_heard_and_forgets_nothing() -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        speaker = RecordingSpeaker(voice.rate)
        mouth = Mouth(voice, speaker)
        speaking = asyncio.create_task(mouth.speak(stream(*CLAUSES)))
        await asyncio.sleep(0.3)
        assert mouth.heard() == "one"
        speaker.pause()
        await asyncio.sleep(30)
        assert mouth.heard() == "one"
        assert not speaking.done()
        speaker.resume()
        await asyncio.sleep(0.4)
        assert mouth.heard() == "one two"
        await speaking
        assert mouth.heard() == " ".join(CLAUSES)
        assert mouth.first_audio == pytest.approx(0.06)

    run(main())


def test_steps_tell_what_the_first_sound_waited_for() -> None:
    class Buffered(RecordingSpeaker):
        """Sounds 20 ms after it was given something."""

        def time_of(self, sample: int) -> float | None:
            given = super().time_of(sample)
            return None if given is None else given + 0.02

    async def late() -> AsyncGenerator[str, None]:
        await asyncio.sleep(0.5)
        for clause in CLAUSES:
            yield clause

    async def main() -> None:
        voice = Streaming()
        mouth = Mouth(voice, Buffered(voice.rate))
        assert mouth.steps == []
        await mouth.speak(late())
        assert [name for name, *_ in mouth.steps] == ["synthesise", "device"]
        assert [start for _, start, _ in mouth.steps] == pytest.approx([0.5, 0.56])
        assert [end for *_, end in mouth.steps] == pytest.approx([0.56, 0.58])

    run(main())


def test_what_a_voice_made_before_it_failed_is_heard() -> None:
    class Failing(Streaming):
        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            async with aclosing(super().say(clause)) as frames:
                async for frame in frames:
                    yield frame
                    if clause.startswith("five") and frame.start > self.rate * 0.3:
                        raise EngineFailed("no breath")

    async def main() -> None:
        voice = Failing()
        speaker = RecordingSpeaker(voice.rate)
        mouth = Mouth(voice, speaker)
        with pytest.raises(EngineFailed):
            await mouth.speak(stream(*CLAUSES, "never asked for"))
        await speaker.drain()
        assert mouth.heard() == "one two three four five six"
        assert voice.said == list(CLAUSES)

    run(main())


def test_a_defect_in_a_voice_is_not_lost() -> None:
    class Defective(ScriptedVoice):
        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            yield AudioFrame(np.zeros(10, dtype=np.int16), 0, self.rate)
            raise AssertionError("a defect")

    async def main() -> None:
        voice = Defective()
        with pytest.raises(AssertionError, match="a defect"):
            await Mouth(voice, RecordingSpeaker(voice.rate)).speak(stream("one", "two"))

    run(main())


async def bridged(answer_at: float, bridge_at: float) -> tuple[str, float | None, list[str]]:
    """An answer that comes at one moment, words that bridge the wait at another."""

    async def answer() -> AsyncGenerator[str, None]:
        await asyncio.sleep(answer_at)
        yield "nine ten"

    voice = ScriptedVoice(prepared=["wait"])
    mouth = Mouth(voice, RecordingSpeaker(voice.rate))
    speaking = asyncio.create_task(mouth.speak(answer()))
    await asyncio.sleep(bridge_at)
    await mouth.bridge("wait")
    await speaking
    return mouth.heard(), mouth.first_audio, voice.finished


def test_words_that_bridge_a_wait_are_not_a_part_of_the_answer() -> None:
    heard, first, finished = run(bridged(answer_at=3, bridge_at=1))
    assert heard == "nine ten"
    assert first == pytest.approx(3.06)
    assert finished == ["wait", "nine ten"]


def test_an_answer_leaves_a_pause_behind_them() -> None:
    # "wait" lasts 0.2 s, and then a breath is taken.
    heard, first, _ = run(bridged(answer_at=1.1, bridge_at=1))
    assert heard == "nine ten"
    assert first == pytest.approx(1.5, abs=0.001)


def test_nothing_is_bridged_once_the_answer_is_being_made() -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        mouth = Mouth(voice, RecordingSpeaker(voice.rate))
        await mouth.speak(stream("nine ten"))
        await mouth.bridge("wait")
        assert mouth.heard() == "nine ten"
        assert not mouth._speaker.sounding

    run(main())


def test_what_bridged_is_silenced_too() -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        speaker = RecordingSpeaker(voice.rate)
        mouth = Mouth(voice, speaker)
        await cancelled_at(0.2, mouth.bridge("a very long way of saying nothing"))
        mouth.silence()
        assert not speaker.sounding
        assert mouth.heard() == ""

    run(main())


class Hesitating(ScriptedVoice):
    """Begins every clause with a quarter of a second of silence."""

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        quiet = self.rate // 4
        yield AudioFrame(np.zeros(quiet, dtype=np.int16), 0, self.rate)
        async for frame in super().say(clause):
            yield AudioFrame(frame.pcm, frame.start + quiet, self.rate)


def test_nobody_waits_for_the_silence_that_a_voice_begins_with() -> None:
    async def main() -> tuple[str, int, list[int]]:
        speaker, voice = RecordingSpeaker(), Hesitating()
        mouth = Mouth(voice, speaker)
        await mouth.speak(stream("One two three.", "Four."))
        return mouth.heard(), speaker.queued, [int(np.abs(f.pcm).max()) for f in speaker.frames]

    heard, queued, loudest = run(main())
    assert heard == "One two three. Four."
    assert loudest[0] > 0, "the first frame is to be heard"
    assert 0 in loudest, "between clauses there is a pause"
    letters = len("One two three.Four.")
    spoken = int(letters * 0.05 * 22_050) + 22_050 // 4
    assert queued == pytest.approx(spoken, abs=30)
