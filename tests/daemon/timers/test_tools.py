"""What people can do with timers, alarms and reminders."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.timers.transitions import settled
from memory.timers import Timer
from tests.daemon.timers.phrases import NOW
from tests.daemon.timers.stage import Stage, play

PASTA = {"minutes": 10, "name": "pasta"}
TEA = {"minutes": 3, "name": "tea"}


def test_a_timer_is_set_and_can_be_taken_back(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        result = await stage.call("HassStartTimer", PASTA, area="Kitchen")
        assert (result.status, result.say) == ("done", "")
        (timer,) = await stage.active()
        assert (timer.name, timer.length, timer.due) == ("pasta", 600, NOW + 600)
        assert (timer.area, timer.turn) == ("Kitchen", "turn")
        assert stage.changes == 1
        await stage.undo(result)
        assert await stage.active() == []

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"minutes": 0}, "A timer needs a length of time."),
        ({"minutes": -3}, "A timer needs a length of time."),
        ({}, "A timer needs a length of time."),
        ({"hours": 5e6}, "I cannot set a timer for longer than 30 days."),
        ({"hours": float("inf")}, "I cannot set a timer for longer than 30 days."),
        ({"hours": float("nan")}, "I cannot set a timer for longer than 30 days."),
    ],
)
def test_a_timer_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: dict[str, float], said: str
) -> None:
    async def script(stage: Stage) -> None:
        result = await stage.call("HassStartTimer", arguments)
        assert (result.status, result.say) == ("failed", said)
        assert await stage.active() == []

    play(tmp_path, script)


def test_there_is_an_end_to_timers(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        for _ in range(100):
            assert (await stage.call("HassStartTimer", PASTA)).ok
        result = await stage.call("HassStartTimer", PASTA)
        assert result.say == "That is too many: cancel some first."
        assert (await stage.call("HassStartTimer", PASTA, key="key 100")).ok

    play(tmp_path, script)


def test_a_call_that_a_crash_cut_short_is_done_once(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        for _ in range(2):
            assert (await stage.call("HassStartTimer", PASTA, key="start")).ok
        (timer,) = await stage.active()
        for _ in range(2):
            assert (await stage.call("HassIncreaseTimer", {"minutes": 1}, key="more")).ok
        assert await stage.left() == {"pasta": 660}
        for _ in range(2):
            result = await stage.call("HassCancelTimer", key="cancel")
            assert result.ok
            assert result.undo[0].arguments == {"ids": [timer.id]}
        assert await stage.active() == []

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({"name": "pasta"}, "tea"),
        ({"name": "Past a"}, "tea"),
        ({"start_minutes": 3}, "pasta"),
        ({"area": "kitchen"}, "tea"),
    ],
)
def test_one_of_several_is_found(tmp_path: Path, wanted: dict[str, object], left: str) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", PASTA, area="Kitchen")
        await stage.call("HassStartTimer", TEA, area="Study")
        assert (await stage.call("HassCancelTimer", wanted)).ok
        assert list(await stage.left()) == [left]

    play(tmp_path, script)


def test_of_several_the_one_in_this_room_is_meant(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", PASTA, area="Kitchen")
        await stage.call("HassStartTimer", TEA, area="Study")
        assert (await stage.call("HassCancelTimer", area="Study")).ok
        assert list(await stage.left()) == ["pasta"]

    play(tmp_path, script)


def test_when_it_is_not_clear_which_is_meant_it_is_asked(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", PASTA)
        await stage.call("HassStartTimer", {"minutes": 5})
        result = await stage.call("HassIncreaseTimer", {"minutes": 2})
        assert result.status == "ask"
        assert result.say == "Which one: five minute timer or pasta timer?"
        assert await stage.left() == {"pasta": 600, "": 300}
        choice = result.value["choices"][1]
        assert choice["label"] == "pasta timer"
        assert (await stage.call("HassIncreaseTimer", choice["arguments"])).ok
        assert await stage.left() == {"pasta": 720, "": 300}

    play(tmp_path, script)


def test_what_is_not_there_is_not_changed(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        result = await stage.call("HassPauseTimer")
        assert (result.status, result.say) == ("failed", "You have no timers.")
        await stage.call("HassStartTimer", PASTA)
        result = await stage.call("HassCancelTimer", {"name": "laundry"})
        assert (result.status, result.say) == ("failed", "There is no such timer.")
        assert list(await stage.left()) == ["pasta"]

    play(tmp_path, script)


def test_a_timer_is_changed_and_every_change_can_be_taken_back(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", PASTA)
        longer = await stage.call("HassIncreaseTimer", {"minutes": 5, "seconds": 30})
        assert await stage.left() == {"pasta": 930}
        await stage.undo(longer)
        shorter = await stage.call("HassDecreaseTimer", {"minutes": 9})
        assert await stage.left() == {"pasta": 60}
        too_short = await stage.call("HassDecreaseTimer", {"minutes": 1})
        assert too_short.say == "There is only one minute left on that timer."
        await stage.undo(shorter)
        cancelled = await stage.call("HassCancelTimer")
        assert await stage.active() == []
        await stage.undo(cancelled)
        assert await stage.left() == {"pasta": 600}

    play(tmp_path, script)


def test_a_paused_timer_keeps_what_it_has_left(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", PASTA)
        await asyncio.sleep(60)
        pause = await stage.call("HassPauseTimer", {"name": "pasta"})
        assert pause.ok
        await asyncio.sleep(3600)
        status = await stage.call("HassTimerStatus")
        (told,) = status.value["slots"]["timers"]
        assert (told["is_active"], told["rounded_minutes_left"]) == (False, 9)
        assert (await stage.call("HassPauseTimer")).say == "That timer is not running."
        assert (await stage.call("HassUnpauseTimer")).ok
        assert await stage.left() == {"pasta": 540}
        assert (await stage.call("HassUnpauseTimer")).say == "That timer is not paused."

    play(tmp_path, script)


def test_the_package_is_given_what_its_responses_need(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", {"hours": 1, "minutes": 12, "name": "roast"})
        await asyncio.sleep(30)
        status = await stage.call("HassTimerStatus", {"name": "roast"})
        (told,) = status.value["slots"]["timers"]
        assert told["total_seconds_left"] == 4290
        assert [told[f"rounded_{u}_left"] for u in ("hours", "minutes", "seconds")] == [1, 12, 0]
        assert [told[f"start_{u}"] for u in ("hours", "minutes", "seconds")] == [1, 12, 0]
        assert status.say == ""
        await stage.call("HassStartTimer", TEA)
        several = await stage.call("HassTimerStatus")
        assert several.say == (
            "You have two: the tea timer with three minutes left and the roast timer with"
            " one hour and twelve minutes left."
        )
        everything = await stage.call("HassCancelAllTimers")
        assert everything.value["slots"] == {"canceled": 2}
        await stage.undo(everything)
        assert len(await stage.active()) == 2
        in_study = await stage.call("HassCancelAllTimers", {"area": "Study"})
        assert in_study.value["slots"] == {"canceled": 0, "area": "Study"}

    play(tmp_path, script)


async def ring(stage: Stage, name: str) -> Timer:
    (timer,) = [timer for timer in await stage.active() if timer.name == name]
    fired = await stage.timers.fire(timer, stage.now(), None)
    assert fired is not None
    return fired


def test_what_rings_can_be_stopped_and_put_off(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        assert (await stage.call("AuricleStopRinging")).say == "Nothing is ringing."
        assert (await stage.call("AuricleSnooze")).say == "Nothing is ringing."
        await stage.call("HassStartTimer", PASTA)
        await stage.call("HassStartTimer", TEA)
        await ring(stage, "tea")
        assert (await stage.call("AuricleSnooze")).say == "Again in nine minutes."
        assert await stage.left() == {"pasta": 600, "tea": 540}
        await ring(stage, "tea")
        # It is the one that is meant, whatever else there is.
        assert (await stage.call("HassIncreaseTimer", {"minutes": 2})).ok
        assert await stage.left() == {"pasta": 600, "tea": 120}
        tea = await ring(stage, "tea")
        assert (await stage.call("AuricleStopRinging")).say == "Stopped."
        assert [t.state for t in await stage.timers.get([tea.id])] == ["acknowledged"]
        assert await stage.left() == {"pasta": 600}

    play(tmp_path, script)


def test_a_command_is_put_off(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        arguments = {"minutes": 10, "conversation_command": "turn off the light"}
        assert (await stage.call("HassStartTimer", arguments)).ok
        assert [timer.command for timer in await stage.active()] == ["turn off the light"]
        await stage.call("HassStartTimer", TEA)
        result = await stage.call("HassCancelTimer")
        assert result.say == "Which one: tea timer or timer to turn off the light?"

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("at seven", "Alarm set for 7 AM tomorrow."),
        ("half past nine", "Alarm set for 9:30 PM today."),
        ("every weekday at six thirty", "Alarm set for 6:30 AM every weekday."),
        ("every monday and thursday at 7", "Alarm set for 7 AM every Monday and Thursday."),
        ("monday at noon", "Alarm set for noon on Monday."),
        ("on christmas at noon", "Alarm set for noon on December 25."),
        ("november 19th at noon", "Alarm set for noon on November 19, 2027."),
        ("in ten minutes", "Alarm set for 8:10 PM today."),
        ("nine o'clock this evening labelled taxi", "Taxi alarm set for 9 PM today."),
    ],
)
def test_an_alarm_is_set_and_its_time_is_said(tmp_path: Path, when: str, said: str) -> None:
    async def script(stage: Stage) -> None:
        result = await stage.call("AuricleSetAlarm", {"when": when})
        assert result.say == said
        assert len(await stage.active()) == 1
        await stage.undo(result)
        assert await stage.active() == []

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("the purple hour", "I did not understand when."),
        ("tomorrow", "At what time?"),
        ("yesterday at noon", "That is over already."),
        ("in 0 minutes", "That is no time at all."),
        ("in five million hours", "That is too far away."),
        ("february 30th at noon", "There is no such day."),
    ],
)
def test_an_alarm_that_makes_no_sense_is_refused(tmp_path: Path, when: str, said: str) -> None:
    async def script(stage: Stage) -> None:
        result = await stage.call("AuricleSetAlarm", {"when": when})
        assert (result.status, result.say) == ("failed", said)
        assert await stage.active() == []

    play(tmp_path, script)


def test_alarms_are_listed_and_cancelled(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        assert (await stage.call("AuricleListAlarms")).say == "You have no alarms."
        await stage.call("AuricleSetAlarm", {"when": "every weekday at 6 am"})
        await stage.call("AuricleSetAlarm", {"when": "at five pm tomorrow", "name": "taxi"})
        assert (await stage.call("AuricleListAlarms")).say == (
            "You have two: the taxi alarm for 5 PM tomorrow and the alarm for 6 AM every weekday."
        )
        asked = await stage.call("AuricleCancelAlarm")
        assert asked.say == "Which one: taxi alarm or 6 AM alarm?"
        wrong = await stage.call("AuricleCancelAlarm", {"when": "tomorrow at 6 am"})
        assert wrong.say == "There is no such alarm."
        six = await stage.call("AuricleCancelAlarm", {"when": "six am"})
        assert six.say == "Alarm for 6 AM every weekday cancelled."
        taxi = await stage.call("AuricleCancelAlarm", {"when": "for tomorrow"})
        assert taxi.say == "Taxi alarm for 5 PM tomorrow cancelled."
        await stage.undo(six)
        await stage.undo(taxi)
        both = await stage.call("AuricleCancelAlarm", {"all": True})
        assert both.say == "Two cancelled."
        assert await stage.active() == []

    play(tmp_path, script)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"what": "take out the trash", "when": "tomorrow at seven"},
            "I will remind you at 7 AM tomorrow: take out the trash.",
        ),
        (
            {"what": "take out the trash in two hours"},
            "I will remind you at 10 PM today: take out the trash.",
        ),
        (
            {"what": "call mum", "when": "friday"},
            "I will remind you at 9 AM on November 27: call mum.",
        ),
        (
            {"what": "i need to wake up", "when": "at five am every morning"},
            "I will remind you at 5 AM every day: i need to wake up.",
        ),
        # A wildcard that took too much of the sentence.
        (
            {"what": "water the plants", "when": "at six in the evening to not forget to"},
            "I will remind you at 6 PM tomorrow: not forget to water the plants.",
        ),
        ({"what": "buy milk"}, "When?"),
        ({"what": "in ten minutes"}, "What shall I remind you of?"),
        ({"what": "buy milk", "when": "yesterday"}, "That is over already."),
    ],
)
def test_a_reminder_is_set_and_said(tmp_path: Path, arguments: dict[str, str], said: str) -> None:
    async def script(stage: Stage) -> None:
        assert (await stage.call("AuricleSetReminder", arguments)).say == said

    play(tmp_path, script)


def test_reminders_are_listed_and_cancelled(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("AuricleSetReminder", {"what": "call the dentist", "when": "at nine"})
        await stage.call("AuricleSetReminder", {"what": "water the plants", "when": "at ten"})
        assert (await stage.call("AuricleListReminders")).say == (
            "You have two: call the dentist at 9 PM today and water the plants at 10 PM today."
        )
        result = await stage.call("AuricleCancelReminder", {"what": "the dentist"})
        assert result.say == "Reminder cancelled: call the dentist."
        await stage.undo(result)
        assert len(await stage.active()) == 2

    play(tmp_path, script)


def test_what_fired_and_was_heard_is_not_restored(tmp_path: Path) -> None:
    async def script(stage: Stage) -> None:
        await stage.call("HassStartTimer", TEA)
        tea = await ring(stage, "tea")
        await stage.timers.change([tea.id], settled("acknowledged"))
        result = await stage.call("AuricleRestoreTimers", {"ids": [tea.id, "gone"]})
        assert result.status == "failed"
        assert replace(tea, state="acknowledged") in await stage.timers.get([tea.id])

    play(tmp_path, script)
