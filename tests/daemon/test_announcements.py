"""What the house says by itself: when it gets a word in, and whether that was heard."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from daemon.announcements import Announcement, Announcements
from memory.records import Turn
from tests.clock import run
from tests.daemon.stage import Stage, spoken
from tests.doubles.acts import ScriptedActs
from tests.doubles.models import ScriptedEar, ScriptedMind

PASTA = Announcement("Your pasta timer is done.", "alarm", key="t1")
POST = Announcement("The post is here.", cause="mqtt")


def told(stage: Stage, *announced: tuple[float, Announcement]) -> tuple[list[Turn], list[bool]]:
    """Play the script, announcing something at loop times; the journal and what was heard."""
    heard: list[bool] = []

    async def announce(at: float, announcement: Announcement) -> None:
        await asyncio.sleep(at)
        heard.append(await stage.announcements.say(announcement))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for at, announcement in announced:
                group.create_task(announce(at, announcement))
            await stage.play()

    run(main())
    return stage.journal, heard


def test_it_is_spoken_when_nobody_talks_and_journalled_without_a_question() -> None:
    turns, heard = told(Stage(spoken(3.0), transcriber=ScriptedEar([])), (0.5, PASTA))
    (turn,) = turns
    assert (turn.channel, turn.asked, turn.heard) == ("announcement", "", PASTA.text)
    assert heard == [True]


def test_it_waits_for_the_end_of_a_turn() -> None:
    stage = Stage(spoken(0.5, 1.0, 0.2))
    turns, heard = told(stage, (0.8, PASTA))  # While somebody is speaking.
    assert [turn.asked for turn in turns] == ["what time is it", ""]
    assert heard == [True]


def test_an_alarm_goes_before_what_was_there_first() -> None:
    turns, heard = told(Stage(spoken(0.5, 1.0, 0.2)), (0.7, POST), (0.9, PASTA))
    assert [turn.heard for turn in turns if not turn.asked] == [PASTA.text, POST.text]
    assert heard == [True, True]


def test_what_is_not_urgent_waits_for_the_answer_to_a_question() -> None:
    acts = ScriptedActs(asks=True)
    stage = Stage(spoken(6.0, 1.0, 0.2), transcriber=ScriptedEar(["yes"]), acts=acts)
    turns, _ = told(stage, (0.1, POST), (0.2, PASTA))
    assert turns[0].heard == PASTA.text
    assert turns[-1].heard == POST.text


def test_whoever_talks_over_it_is_listened_to() -> None:
    long = Announcement("The washing machine in the cellar has finished its program " + "a" * 60)
    stage = Stage(spoken(2.0, 1.0, 0.2), transcriber=ScriptedEar(["stop"]))
    turns, heard = told(stage, (0.1, long))
    first, second = turns
    assert first.interrupted
    assert second.asked == "stop"
    assert heard == [bool(first.heard)]


def test_a_recording_is_over_when_everything_has_been_said() -> None:
    stage = Stage(spoken(0.5, 1.0, 0.2), mind=ScriptedMind(["Well."]))
    turns, _ = told(stage, (0.9, PASTA), (0.9, POST))
    assert len(turns) == 3


def after(work: Coroutine[Any, Any, bool]) -> "asyncio.Task[bool]":
    return asyncio.ensure_future(work)


def test_two_of_one_key_are_said_once_and_both_are_told() -> None:
    async def main() -> None:
        line = Announcements()
        both = [after(line.say(PASTA)), after(line.say(PASTA))]
        await asyncio.sleep(0)
        line.leave(await line.next(), heard=True)
        assert [await one for one in both] == [True, True]
        assert line.empty

    run(main())


def test_a_flood_is_refused_but_an_alarm_gets_through() -> None:
    async def main() -> None:
        line = Announcements(limit=2)
        posts = [after(line.say(POST)) for _ in range(3)]
        await asyncio.sleep(0)
        assert posts[2].done()
        alarm = after(line.say(PASTA))
        await asyncio.sleep(0)
        assert [await posts[1], await posts[2]] == [False, False]
        assert (await line.next()).announcement is PASTA
        for _ in range(2):
            line.leave(await line.next(), heard=True)
        assert [await alarm, await posts[0]] == [True, True]

    run(main())


def test_who_leaves_does_not_cancel_it_for_others() -> None:
    async def main() -> None:
        line = Announcements()
        leaving, staying = after(line.say(PASTA)), after(line.say(PASTA))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        line.leave(await line.next(), heard=True)
        assert await staying

    run(main())


def test_strangers_never_crowd_out_what_rings() -> None:
    async def main() -> None:
        line = Announcements()
        flood = [after(line.say(Announcement(f"{n}", "alarm", cause="mqtt"))) for n in range(100)]
        await asyncio.sleep(0)
        assert sum(one.done() for one in flood) == 96
        alarm = after(line.say(PASTA))
        await asyncio.sleep(0)
        assert (await line.next()).announcement is PASTA
        line.leave(await line.next(), heard=True)
        assert await alarm
        for one in flood:
            one.cancel()
        await asyncio.wait(flood)

    run(main())
