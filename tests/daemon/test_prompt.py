"""What the mind reads, and that it reads as little of it as possible twice."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.prompt import Context, compose, notes, shortened, stable, unanswered, when
from memory.records import Source, Turn
from models.ports import Message

NOW = datetime(2026, 3, 3, 18, 40, tzinfo=UTC)
PLACES = ["bedroom", "garage"]
BEDROOM = Source(0, "bedroom temperature: 21.5 °C (now)", 1.0, "mqtt:home/bedroom/sensor")
DRYER = Source(7, "today at 5:05 PM: The dryer finished.", 0.03, "mqtt:dryer")


def turn(asked: str, heard: str = "Yes.") -> Turn:
    return Turn("t", "s", 0.0, "mic", asked=asked, answered=heard + " And more.", heard=heard)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=6), st.text())
def test_each_prompt_begins_with_the_stable_part_of_the_one_before(
    talk: list[tuple[str, str]], question: str
) -> None:
    history = [turn(*exchange) for exchange in talk]
    earlier = Context(house=[BEDROOM], passages=[DRYER], history=history, summary="Tom is away.")
    later = Context(history=[*history, turn(question)], summary="Tom is away.")
    before = stable(PLACES, earlier, NOW.date())
    assert compose("next", PLACES, later, NOW + timedelta(hours=1))[: len(before)] == before
    assert compose(question, PLACES, earlier, NOW)[: len(before)] == before


def test_what_this_turn_alone_needs_comes_last() -> None:
    context = Context(house=[BEDROOM], passages=[DRYER], history=[turn("hello")])
    *_, last = compose("how warm is it?", PLACES, context, NOW)
    assert last == Message(
        "user",
        "[6:40 PM]\n"
        "- bedroom temperature: 21.5 °C (now)\n"
        "- today at 5:05 PM: The dryer finished.\n\n"
        "how warm is it?",
    )
    text = "".join(message.text for message in stable(PLACES, context, NOW.date()))
    assert "21.5" not in text
    assert "6:40 PM" not in text.replace("[6:40 PM]", ""), "but in an example"


def test_the_history_holds_what_was_heard_not_what_was_said() -> None:
    history = [turn("one", "Yes."), turn("two", "")]
    told = stable([], Context(history=history), NOW.date())[-2:]
    assert [m.text for m in told] == ["one", "Yes."]
    assert [m.role for m in told] == ["user", "assistant"]


def test_what_was_cut_off_before_an_answer_is_a_part_of_what_follows() -> None:
    before, first, second = turn("one", "Yes."), turn("is the front", ""), turn("door or the", "")
    first.interrupted = second.interrupted = True
    assert unanswered([before, first, second]) == ["is the front", "door or the"]
    assert unanswered([first, before]) == []
    second.interrupted = False
    assert unanswered([before, first, second]) == []


def test_a_summary_comes_before_the_turns_after_it() -> None:
    messages = stable([], Context(history=[turn("one")], summary="They spoke of Tom."), NOW.date())
    texts = [message.text for message in messages]
    assert texts.index("They spoke of Tom.") < texts.index("one")


def test_roles_take_turns() -> None:
    context = Context(history=[turn("one"), turn("two")], summary="Tom.")
    roles = [message.role for message in compose("three", PLACES, context, NOW)]
    assert roles[0] == "system"
    assert roles[1:] == ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"]


def test_the_house_is_named_and_bounded() -> None:
    today = NOW.date()
    nothing, named = stable([], Context(), today), stable(PLACES, Context(), today)
    assert "bedroom, garage" in named[-1].text
    assert named[: len(nothing)] == nothing, "what the house has comes behind what never changes"
    many = stable([f"lamp {n}" for n in range(5000)], Context(), today)
    assert len(many[-1].text) < 1000
    long = stable(["x" * 64] * 60, Context(), today)
    assert len(long[-1].text) < 1000


def test_notes_without_anything_to_note_tell_the_time() -> None:
    assert notes(Context(), NOW) == "[6:40 PM]"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "today at 6:40 PM"),
        (timedelta(hours=18, minutes=40), "today at 12:00 AM"),
        (timedelta(hours=18, minutes=41), "yesterday at 11:59 PM"),
        (timedelta(days=1, hours=6, minutes=40), "yesterday at 12:00 PM"),
        (timedelta(days=2), "last Sunday at 6:40 PM"),
        (timedelta(days=6), "last Wednesday at 6:40 PM"),
        (timedelta(days=7), "on 24 February 2026"),
        (timedelta(days=400), "on 27 January 2025"),
        (timedelta(seconds=-5), "today at 6:40 PM"),
    ],
)
def test_a_time_is_told_as_people_tell_it(ago: timedelta, words: str) -> None:
    assert when((NOW - ago).timestamp(), NOW) == words


def test_a_time_is_told_in_local_time() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert when(NOW.timestamp(), NOW.astimezone(tokyo)) == "today at 3:40 AM"


def count(text: str) -> int:
    return len(text.split())


@given(st.lists(st.text("abc", min_size=1), max_size=300), st.integers(10, 100))
def test_a_monologue_is_cut_in_the_middle(words: list[str], budget: int) -> None:
    asked = " ".join(words)
    told = shortened(asked, budget, count)
    assert count(told) <= budget + 1
    if len(words) <= budget:
        assert told == asked
    else:
        assert told.split()[-1] == words[-1]
        assert "..." in told


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("I'm sorry, but I can't", None),
        ("It is warm. And it will", "It is warm."),
        ("It is 21.5 degrees", None),
    ],
)
def test_a_mind_is_not_shown_where_answers_were_torn(heard: str, told: str | None) -> None:
    torn = turn("how is it", heard)
    torn.interrupted, torn.answered = True, f"{heard} and more of it."
    texts = [message.text for message in stable([], Context(history=[torn]), NOW.date())]
    assert ("how is it" in texts) == (told is not None)
    assert told is None or texts[-1] == told
