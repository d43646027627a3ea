from typing import Any

from daemon.bench.bench import Variant
from daemon.bench.comparing import Round, ablated, cached, compared, groups, told
from daemon.bench.material import Item
from daemon.bench.pairing import Answered, Group
from daemon.bench.serial import Waited
from tests.daemon.bench.records import a_turn


def an_answer(
    ms: float | None, group: Group = "command", *, spoken: bool = True, **turn: Any
) -> Answered:
    item = Item("a", "s", __file__ if spoken else None)  # type: ignore[arg-type]
    record = {} if group == "none" else a_turn(1, **turn)
    return Answered(item, group, record, 1, 0, ms, ms, ms, overlapped=False)


def waited(ms: float) -> Waited:
    return Waited(ms / 4, ms / 4, ms / 4, ms / 4, "", "")


def test_groups_keep_recorded_and_synthetic_speech_apart() -> None:
    answers = [
        an_answer(1), an_answer(2, spoken=False), an_answer(3, "question"), an_answer(4, "none"),
        an_answer(5),
    ]  # fmt: skip
    assert groups(answers) == {"command": [0, 4], "command, synthetic": [1], "question": [2]}


def test_both_are_compared_on_the_same_recordings() -> None:
    ours = [an_answer(400), an_answer(None), an_answer(600)]
    plain = [waited(2000), waited(90_000), waited(2400)]
    kinder = [waited(1000), waited(90_000), waited(1000)]
    figures = compared(ours, plain, kinder, [0, 1, 2])
    assert figures["waits_ms"] == [400, 600]
    assert figures["serial"]["waits_ms"] == [2000, 2400]
    assert figures["serial"]["ratio"]["p50"] == round(500 / 2200, 3)
    assert figures["serial_with_grammar"]["ratio"]["p50"] == 0.5
    assert figures["serial"]["stages_ms"]["think"]["p50"] == 550


def test_a_group_in_which_nothing_can_be_told_is_told_so() -> None:
    figures = compared([an_answer(None)], [waited(2000)], [waited(2000)], [0])
    assert figures["first_audio_ms"] == {"n": 0}
    assert figures["serial"]["ratio"] == {}


def test_how_many_were_answered_and_rightly() -> None:
    item = Item("a", "s", None, text="turn on the lamp", tool="HassTurnOn")
    done = a_turn(1, tools=[{"name": "HassTurnOn", "ok": True}])
    right = Answered(item, "command", done, 1, 0, 400.0, 400.0, 400.0, overlapped=False)
    failed = Answered(
        item, "none", a_turn(1, asked="", error="x"), 2, 0, -1.0, -1.0, None, overlapped=True
    )
    silent = Answered(item, "none", {}, 0, 0, None, 900.0, None, overlapped=False)
    assert told([right, failed, silent]) == {
        "played": 3, "answered": 2, "cut_in_two": 1, "answered_too_soon": 1, "talked_over": 1,
        "bridged": 1,
        "interrupted": 0, "failed": 1, "rightly_heard": 1, "text_known": 2, "right": 1,
        "checked": 3,
    }  # fmt: skip


def test_the_cache_counts_where_a_prompt_was_read() -> None:
    answers = [
        an_answer(1, "question", kv_reused=90, prompt_tokens=100),
        an_answer(1, "question", kv_reused=50, prompt_tokens=100),
        an_answer(1),
    ]
    assert cached(answers) == {"n": 2, "p50": 0.7, "least": 0.5}


def test_what_a_setting_gains_is_told_of_the_same_recordings() -> None:
    base = [an_answer(400), an_answer(None), an_answer(500)]
    other = [an_answer(700), an_answer(1), an_answer(900)]
    one = Round({"": base, "slow": other}, {}, [], [], [])
    slow = ablated([one], [Variant("slow", {"A": "b"})])["slow"]
    assert slow["environment"] == {"A": "b"}
    assert slow["groups"]["command"]["longer_by_ms"] == 350
    assert slow["groups"]["command"]["first_audio_ms"]["n"] == 2
    assert ablated([one], []) == {}
