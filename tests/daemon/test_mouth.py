"""What was heard of what was said, counted in samples that were played."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from audio.frames import AudioFrame
from daemon.mouth import Mouth
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
