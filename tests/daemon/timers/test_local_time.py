"""7:00 stays 7:00, whatever is done to the clocks in between."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from daemon.timers.describing import describes
from daemon.timers.local import LocalTime
from daemon.timers.rules import Rule
from daemon.timers.sentence import split
from daemon.timers.when import REMINDER, Unclear, parse
from tests.daemon.timers.phrases import BERLIN, NOW


def at(text: str, local: LocalTime = BERLIN) -> float:
    return local.moment(datetime.fromisoformat(text))


def shown(moment: float, local: LocalTime = BERLIN) -> str:
    return local.at(moment).isoformat(" ", "minutes")


@pytest.mark.parametrize(
    ("said", "now", "meant", "hours"),
    [
        # The night in which clocks go forward has no 2:30, and is an hour short.
        ("at seven", "2026-03-28 22:00", "2026-03-29 07:00", 8),
        ("at 2:30 am", "2026-03-28 22:00", "2026-03-29 03:30", 4.5),
        ("in ten hours", "2026-03-28 22:00", "2026-03-29 09:00", 10),
        ("in two days", "2026-03-28 22:00", "2026-03-30 22:00", 47),
        # The night in which they go back has 2:30 twice, and is an hour long.
        ("at seven", "2026-10-24 22:00", "2026-10-25 07:00", 10),
        ("at 2:30 am", "2026-10-24 22:00", "2026-10-25 02:30", 4.5),
        # Ends of months and years.
        ("at seven", "2026-12-31 23:30", "2027-01-01 07:00", 7.5),
        ("tomorrow at noon", "2028-02-28 12:00", "2028-02-29 12:00", 24),
        ("in a year", "2028-02-29 12:00", "2029-02-28 12:00", 24 * 365),
        ("in one month", "2027-01-31 12:00", "2027-02-28 12:00", 24 * 28),
        ("tonight at one", "2026-11-21 00:30", "2026-11-21 01:00", 0.5),
        ("midnight", "2026-12-31 23:59", "2027-01-01 00:00", 1 / 60),
        ("tomorrow at midnight", "2026-11-20 12:00", "2026-11-22 00:00", 36),
    ],
)
def test_days_are_days_and_hours_are_hours(said: str, now: str, meant: str, hours: float) -> None:
    moment = parse(said, at(now), BERLIN).at
    assert shown(moment) == meant
    assert moment - at(now) == pytest.approx(hours * 3600)


def test_a_daily_alarm_keeps_its_time_over_the_year() -> None:
    rule, moment = Rule("DAILY", time(7)), at("2026-01-01 12:00")
    for _ in range(365):
        moment = rule.next(moment, BERLIN)
        assert BERLIN.at(moment).time() == time(7)
    assert shown(moment) == "2027-01-01 07:00"


def test_a_time_that_a_night_lacks_or_has_twice_comes_once_in_it() -> None:
    rule = Rule("DAILY", time(2, 30))
    for begin, expected in (
        ("2026-03-28 12:00", ["2026-03-29 03:30", "2026-03-30 02:30"]),
        ("2026-10-24 12:00", ["2026-10-25 02:30", "2026-10-26 02:30"]),
    ):
        first = rule.next(at(begin), BERLIN)
        second = rule.next(first, BERLIN)
        assert [shown(first), shown(second)] == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("WEEKLY", time(6), ("SA", "SU")), ["2026-11-21 06:00", "2026-11-22 06:00"]),
        (Rule("MONTHLY", time(9), ("31",)), ["2026-12-31 09:00", "2027-01-31 09:00"]),
        (Rule("YEARLY", time(8), ("02-29",)), ["2028-02-29 08:00", "2032-02-29 08:00"]),
    ],
)
def test_rules_pass_over_days_that_do_not_exist(rule: Rule, expected: list[str]) -> None:
    assert Rule.read(str(rule)) == rule
    first = rule.next(NOW, BERLIN)
    assert [shown(first), shown(rule.next(first, BERLIN))] == expected


def test_a_rule_that_never_happens_says_so() -> None:
    with pytest.raises(ValueError, match="never"):
        Rule("YEARLY", time(8), ("02-30",)).next(NOW, BERLIN)


def test_the_machines_own_zone_is_used_without_another(monkeypatch: pytest.MonkeyPatch) -> None:
    import time as clock  # noqa: PLC0415 - only here the C library is told of a zone

    monkeypatch.setenv("TZ", "America/New_York")
    clock.tzset()
    try:
        here = LocalTime(ZoneInfo("America/New_York"))
        for wall in ("2026-07-01 07:00", "2026-12-01 07:00", "2026-03-08 02:30"):
            assert LocalTime().moment(datetime.fromisoformat(wall)) == at(wall, here)
            assert shown(at(wall, here), LocalTime()) == shown(at(wall, here), here)
    finally:
        monkeypatch.undo()
        clock.tzset()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "unclear"),
        ("soon", "unclear"),
        ("at five and seven", "unclear"),
        ("friday and saturday at 7", "unclear"),
        ("every other day at 5", "unclear"),
        ("every two hours", "unclear"),
        ("five pm five pm", "unclear"),
        ("tomorrow friday at 7", "unclear"),
        ("7:65", "unclear"),
        ("in five", "unclear"),
        ("13 pm", "unclear"),
        ("9" * 5000, "unclear"),
        ("tomorrow", "no_time"),
        ("on weekdays", "no_time"),
        ("yesterday at noon", "past"),
        ("today at seven am", "past"),
        ("in minus three minutes", "past"),
        ("on the 25th of may 2020 at noon", "past"),
        ("in 0 minutes", "too_soon"),
        ("in five million hours", "too_far"),
        (f"in {'9' * 150} days", "too_far"),
        (f"in {'9' * 150} minutes", "too_far"),
        ("february 30th at noon", "no_such_day"),
    ],
)
def test_what_is_no_time_says_why(said: str, reason: str) -> None:
    with pytest.raises(Unclear) as unclear:
        parse(said, NOW, BERLIN)
    assert unclear.value.reason == reason


@pytest.mark.parametrize(
    ("said", "what", "when"),
    [
        ("to take out the trash tomorrow at seven", "take out the trash", "2026-11-21 07:00"),
        ("tomorrow to call mum at five", "call mum", "2026-11-21 17:00"),
        ("in two hours that the oven is on", "the oven is on", "2026-11-20 22:00"),
        ("buy 2 tickets in an hour please", "buy 2 tickets", "2026-11-20 21:00"),
        ("water the plants every sunday morning", "water the plants", "2026-11-22 08:00"),
        ("dentist on friday", "dentist", "2026-11-27 09:00"),
    ],
)
def test_what_is_told_from_when(said: str, what: str, when: str) -> None:
    told, moment = split(said, NOW, BERLIN)
    assert (told, shown(moment.at)) == (what, when)


def test_a_number_at_the_end_is_no_time() -> None:
    with pytest.raises(Unclear):
        split("buy 2", NOW, BERLIN)


@pytest.mark.parametrize(
    ("said", "true"),
    [
        ("six am", True),
        ("at six", True),
        ("six pm", False),
        ("6:30", False),
        ("monday at six", True),
        ("tuesday at six", False),
        ("in the morning", True),
        ("in the evening", False),
        ("for the 23rd", True),
        ("november 24th", False),
        ("tomorrow", False),
        ("on weekdays", True),
        ("in 58 hours", True),
        ("in ten minutes", False),
    ],
)
def test_a_phrase_is_true_of_a_moment_or_not(said: str, true: bool) -> None:
    assert describes(said, at("2026-11-23 06:00"), NOW, BERLIN) == true


def test_a_habit_says_how_a_bare_hour_is_read() -> None:
    assert shown(parse("tomorrow at five", NOW, BERLIN).at) == "2026-11-21 05:00"
    assert shown(parse("tomorrow at five", NOW, BERLIN, REMINDER).at) == "2026-11-21 17:00"
