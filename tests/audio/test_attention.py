import pytest

from audio.attention import CALLED_S, LONGEST_HOLD_S, Attention
from audio.frames import RATE


def s(seconds: float) -> int:
    return round(seconds * RATE)


def test_an_open_ear_is_always_open() -> None:
    attention = Attention("open")
    attention.attend(0, 0)
    attention.close()
    assert attention.open(s(1e6))


def test_a_call_is_attended_to_for_a_while() -> None:
    attention = Attention("wake")
    assert not attention.open(s(1))
    attention.call(s(10))
    assert attention.open(s(10 + CALLED_S) - 1)
    assert not attention.open(s(10 + CALLED_S))


def test_a_follow_up_window_opens_and_closes_when_it_is_told_to() -> None:
    attention = Attention("wake")
    attention.attend(s(5), None)
    assert attention.open(s(10_000))
    attention.attend(s(10_000), 6)
    assert attention.open(s(10_005.9))
    assert not attention.open(s(10_006))
    attention.attend(s(20_000), 6)
    attention.attend(s(20_001), 0)
    assert not attention.open(s(20_001))


def test_after_an_utterance_there_is_time_to_find_out_what_it_was_but_not_for_ever() -> None:
    attention = Attention("wake")
    attention.call(0)
    attention.said(s(7), s(12))
    assert attention.open(s(13.9))
    # A television that goes on talking keeps nobody awake.
    attention.said(s(13), s(20))
    assert not attention.open(s(20))


def test_only_a_button_opens_a_pushed_ear() -> None:
    attention = Attention("push")
    attention.attend(0, None)
    assert not attention.open(1)
    attention.hold(s(1), held=True)
    assert attention.open(s(60))
    attention.hold(s(60), held=False)
    assert attention.open(s(60.19))
    assert not attention.open(s(60.21))
    attention.call(s(70))
    assert attention.open(s(71))
    attention.attend(s(71), 0)
    assert not attention.open(s(71))


@pytest.mark.parametrize("mode", ["push", "wake"])
def test_a_button_that_sticks_is_released(mode: str) -> None:
    attention = Attention("push" if mode == "push" else "wake")
    attention.hold(0, held=True)
    assert attention.open(s(LONGEST_HOLD_S) - 1)
    assert not attention.open(s(LONGEST_HOLD_S))
    attention.hold(s(500), held=False)
    assert not attention.open(s(500.1)), "a release opens nothing"


def test_who_closes_the_ear_takes_back_everything() -> None:
    attention = Attention("wake")
    attention.call(0)
    attention.hold(0, held=True)
    attention.said(0, s(1))
    attention.close()
    assert not attention.open(s(1))
