"""Speech made ahead: at once when it is wanted, never twice, and gone when nobody wants it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.frames import AudioFrame
from models.kept_phrases import KeptPhrases
from models.phrase_cache import PhraseCache
from models.ports import EngineFailed
from tests.clock import run
from tests.doubles.models import ScriptedVoice


class Streaming(ScriptedVoice):
    """Makes a frame each `start_s`, as a voice that streams does; counts what was cut short."""

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        async with aclosing(super().say(clause)) as frames:
            async for frame in frames:
                yield frame
                await asyncio.sleep(self.start_s)


async def sound(voice: PhraseCache | ScriptedVoice, clause: str) -> np.ndarray[Any, Any]:
    async with aclosing(voice.say(clause)) as frames:
        taken = [frame async for frame in frames]
    assert [frame.start for frame in taken[1:]] == [frame.end for frame in taken[:-1]]
    return np.concatenate([np.empty(0, dtype=np.int16), *(frame.pcm for frame in taken)])


async def first(voice: PhraseCache, clause: str) -> float:
    """Seconds until the first frame of a clause, which is then left."""
    began = now()
    async with aclosing(voice.say(clause)) as frames:
        await anext(frames)
    return now() - began


def now() -> float:
    return asyncio.get_running_loop().time()


def scenario(
    work: "Coroutine[Any, Any, None]",
) -> None:
    """On virtual time; nothing may be left behind."""

    async def main() -> None:
        await work
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_a_prepared_clause_starts_at_once_and_is_made_once() -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        cache = PhraseCache(voice, None, "v")
        assert not cache.holds("One two.")
        await cache.prepare("One two.")
        assert cache.holds("One two.")
        began = now()
        assert len(await sound(cache, "One two.")) == int(8 * voice.letter_s * voice.rate)
        assert now() == began
        await cache.prepare("One two.")
        assert voice.said == ["One two."]
        await cache.close()

    scenario(main())


def test_what_is_said_is_what_the_voice_says() -> None:
    async def main() -> None:
        cache = PhraseCache(ScriptedVoice(), None, "v")
        expected = await sound(ScriptedVoice(), "Three four.")
        assert (await sound(cache, "Three four.") == expected).all()
        assert (await sound(cache, "Three four.") == expected).all()
        await cache.close()

    scenario(main())


def test_who_wants_a_clause_that_is_being_made_joins_and_streams() -> None:
    async def main() -> None:
        voice = Streaming(start_s=0.1)
        cache = PhraseCache(voice, None, "v")
        preparing = asyncio.create_task(cache.prepare("One two three four."))
        await asyncio.sleep(0.25)
        assert await first(cache, "One two three four.") == 0.0
        whole = asyncio.create_task(sound(cache, "One two three four."))
        await asyncio.sleep(0.01)
        await cancelled(preparing)  # Whoever joined goes on.
        assert len(await whole) == int(19 * voice.letter_s * voice.rate)
        assert voice.said == voice.finished == ["One two three four."]
        await cache.close()

    scenario(main())


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.1, 0.35])
def test_preparing_may_be_cancelled_and_leaves_nothing(moment: float) -> None:
    async def main() -> None:
        voice = Streaming(start_s=0.1)
        cache = PhraseCache(voice, None, "v")
        preparing = asyncio.create_task(cache.prepare("One two three."))
        await asyncio.sleep(moment)
        await cancelled(preparing)
        assert not cache.holds("One two three.")
        assert voice.finished == []
        assert len(await sound(cache, "One two three.")) == int(14 * voice.letter_s * voice.rate)
        await cache.close()

    scenario(main())


def test_another_clause_waits_only_until_the_voice_has_let_go() -> None:
    async def main() -> None:
        cache = PhraseCache(Streaming(start_s=0.1), None, "v")
        preparing = asyncio.create_task(cache.prepare("Not this one after all."))
        await asyncio.sleep(0.15)
        await cancelled(preparing)
        assert await first(cache, "But this one.") == pytest.approx(0.1)
        await cache.close()

    scenario(main())


def test_a_voice_that_fails_tells_everybody_and_may_be_asked_again() -> None:
    class Failing(ScriptedVoice):
        fails = True

        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            async with aclosing(super().say(clause)) as frames:
                async for frame in frames:
                    yield frame
                    if self.fails:
                        raise EngineFailed("no breath")

    async def main() -> None:
        voice = Failing()
        cache = PhraseCache(voice, None, "v")
        preparing = asyncio.create_task(cache.prepare("One."))
        await asyncio.sleep(0)
        for attempt in (sound(cache, "One."), preparing):
            with pytest.raises(EngineFailed):
                await attempt
        voice.fails = False
        assert len(await sound(cache, "One."))
        await cache.close()

    scenario(main())


def test_what_stays_in_memory_is_bounded_and_the_oldest_goes() -> None:
    async def main() -> None:
        cache = PhraseCache(ScriptedVoice(letter_s=0.1), None, "v")
        for number in range(8):
            await cache.prepare(f"Number {number}.")
        assert await first(cache, "Number 0.") == 0.0
        await cache.prepare("One more.")
        assert cache.holds("Number 0.")
        assert not cache.holds("Number 1.")
        await cache.prepare("x" * 290)  # 29 seconds: room for one small one beside it.
        assert [n for n in range(8) if cache.holds(f"Number {n}.")] == []
        await cache.prepare("y" * 310)
        assert not cache.holds("y" * 310)
        await cache.prepare("Good.")
        cache.forget()
        assert not cache.holds("Good.")
        await cache.close()

    scenario(main())


def test_a_clause_that_cannot_be_pronounced_is_nothing() -> None:
    class Mute(ScriptedVoice):
        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            self.said.append(clause)
            nothing: list[AudioFrame] = []
            for frame in nothing:
                yield frame

    async def main() -> None:
        cache = PhraseCache(Mute(), None, "v")
        await cache.prepare("...")
        assert len(await sound(cache, "...")) == 0
        await cache.close()

    scenario(main())


def test_kept_phrases_outlive_the_process_and_need_no_voice(tmp_path: Path) -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        cache = PhraseCache(voice, tmp_path / "phrases", "v1")
        await cache.keep(["Okay.", "Done.", "Okay."])
        spoken = await sound(cache, "Done.")
        await cache.close()
        assert voice.said == ["Okay.", "Done."]
        assert len(list((tmp_path / "phrases").iterdir())) == 2

        later = ScriptedVoice()
        cache = PhraseCache(later, tmp_path / "phrases", "v1")
        await cache.keep(["Done.", "Okay."])
        assert (await sound(cache, "Done.") == spoken).all()
        assert later.said == []
        await cache.close()

        other = ScriptedVoice()
        cache = PhraseCache(other, tmp_path / "phrases", "v2")
        await cache.keep(["Done."])
        assert other.said == ["Done."]
        await cache.close()

    scenario(main())


def test_what_was_not_asked_to_be_kept_is_never_written(tmp_path: Path) -> None:
    async def main() -> None:
        cache = PhraseCache(ScriptedVoice(), tmp_path / "phrases", "v")
        await cache.prepare("Your diary says surgery.")
        await sound(cache, "Your diary says surgery.")
        await cache.close()

    scenario(main())
    assert not (tmp_path / "phrases").exists()


def test_what_is_kept_again_takes_the_place_of_what_was_kept() -> None:
    async def main() -> None:
        voice = ScriptedVoice()
        cache = PhraseCache(voice, None, "v")
        await cache.keep(["Okay.", "Old."])
        await cache.keep(["Okay.", "New."])
        assert voice.said == ["Okay.", "Old.", "New."]
        assert [cache.holds(one) for one in ("Okay.", "Old.", "New.")] == [True, False, True]
        await cache.close()

    scenario(main())


def test_keeping_gives_way_to_speaking_and_asks_for_time() -> None:
    async def main() -> None:
        voice = ScriptedVoice(start_s=0.1)
        cache = PhraseCache(voice, None, "v")
        asked: list[float] = []

        async def idle() -> None:
            asked.append(now())

        await cache.prepare("ready")
        said = cache.say("Somebody listens.")
        await anext(said)
        keeping = asyncio.create_task(cache.keep(["Okay.", "Done."], idle))
        await asyncio.sleep(5)
        assert voice.said == ["ready", "Somebody listens."]
        await said.aclose()
        await asyncio.sleep(0.01)
        # A phrase in hand delays what is wanted now by its own length and no more.
        assert await first(cache, "Wanted now.") == pytest.approx(0.19)
        await keeping
        assert voice.said == ["ready", "Somebody listens.", "Okay.", "Wanted now.", "Done."]
        assert asked == [pytest.approx(0.2), pytest.approx(5.3)]
        # Phrases made for later do not push out what was prepared for now.
        assert cache.holds("ready")
        await cache.close()

    scenario(main())


def test_keeping_may_be_cancelled_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def main() -> None:
        voice = ScriptedVoice(start_s=0.1)
        cache = PhraseCache(voice, tmp_path, "v")
        keeping = asyncio.create_task(cache.keep(["One.", "Two.", "Three."]))
        await asyncio.sleep(0.15)
        await cancelled(keeping)
        assert cache.holds("One.")
        assert not cache.holds("Two.")
        await cache.keep(["One.", "Two.", "Three."])
        assert voice.finished == ["One.", "Two.", "Three."]
        await cache.close()

    scenario(main())


@pytest.mark.parametrize(
    "damage",
    [
        lambda told: b"",
        lambda told: told[:10],
        lambda told: told[:-2],
        lambda told: told[:40] + bytes([told[40] ^ 1]) + told[41:],
        lambda told: told + b"\0\0",
    ],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: Any) -> None:
    async def made() -> list[str]:
        voice = ScriptedVoice()
        cache = PhraseCache(voice, tmp_path, "v")
        await cache.keep(["Okay."])
        await cache.close()
        return voice.said

    assert run(made()) == ["Okay."]
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert run(made()) == ["Okay."]
    assert run(made()) == []


def test_a_file_of_another_phrase_is_not_taken_for_this_one(tmp_path: Path) -> None:
    files = KeptPhrases(tmp_path, "v")
    files.save("Yes.", np.ones(100, dtype=np.int16))
    (yes,) = tmp_path.iterdir()
    files.save("No.", np.ones(200, dtype=np.int16))
    (no,) = set(tmp_path.iterdir()) - {yes}
    no.replace(yes)
    assert files.load("Yes.") is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "phrases").write_text("a file where the folder should be")

    async def main() -> None:
        cache = PhraseCache(ScriptedVoice(), tmp_path / "phrases", "v")
        await cache.keep(["Okay."])
        assert await first(cache, "Okay.") == 0.0
        await cache.close()

    scenario(main())


def test_a_full_disk_leaves_no_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, told: bytes) -> int:
        with path.open("wb") as handle:
            handle.write(told[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    KeptPhrases(tmp_path, "v").save("Okay.", np.ones(100, dtype=np.int16))
    assert list(tmp_path.iterdir()) == []


def test_the_files_are_bounded_and_the_one_used_longest_ago_goes(tmp_path: Path) -> None:
    files = KeptPhrases(tmp_path, "v", most_bytes=3 * 232)
    for age, phrase in enumerate(["a", "b", "c"]):
        files.save(phrase, np.ones(100, dtype=np.int16))
        os.utime(files._path(phrase), (1000 + age, 1000 + age))
    assert files.load("a") is not None  # Used just now.
    files.save("d", np.ones(100, dtype=np.int16))
    assert [phrase for phrase in "abcd" if files.load(phrase) is not None] == ["a", "c", "d"]
    # What a killed process left unfinished goes like everything else.
    (tmp_path / "x.123").write_bytes(b"x" * 900)
    os.utime(tmp_path / "x.123", (1, 1))
    files.save("e", np.ones(100, dtype=np.int16))
    assert not (tmp_path / "x.123").exists()


def test_names_of_files_tell_nothing(tmp_path: Path) -> None:
    KeptPhrases(tmp_path, "v").save("Okay.", np.ones(10, dtype=np.int16))
    (file,) = tmp_path.iterdir()
    assert "kay" not in file.name
    assert b"Okay" not in file.read_bytes()
