from hypothesis import given
from hypothesis import strategies as st

from memory.budget import fit_passages, split_history
from memory.records import Passage
from tests.memory.turns import a_turn


def words(text: str) -> int:
    return len(text.split())


def passage(text: str) -> Passage:
    return Passage(1, text, "note:n", 0.0)


def test_a_passage_that_is_too_long_does_not_keep_out_the_next() -> None:
    passages = [passage("one two"), passage("much too long to fit in"), passage("three")]
    assert fit_passages(passages, 3, words) == [passages[0], passages[2]]


@given(st.lists(st.integers(0, 20)), st.integers(0, 50))
def test_passages_never_exceed_the_budget(lengths: list[int], budget: int) -> None:
    taken = fit_passages([passage("w " * n) for n in lengths], budget, words)
    assert sum(words(p.text) for p in taken) <= budget


def test_a_history_within_budget_is_told_whole() -> None:
    turns = [a_turn(asked="a b", heard="c") for _ in range(3)]
    assert split_history(turns, 9, 4, words) == ([], turns)


def test_a_history_over_budget_is_cut_down_to_what_is_kept() -> None:
    turns = [a_turn(asked="a b", heard="c") for _ in range(4)]
    assert split_history(turns, 9, 7, words) == (turns[:2], turns[2:])


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(0, 40), st.integers(0, 40))
def test_a_split_loses_nothing_and_keeps_the_order(
    lengths: list[int], budget: int, keep: int
) -> None:
    turns = [a_turn(asked="w " * n) for n in lengths]
    old, recent = split_history(turns, budget, min(keep, budget), words)
    assert old + recent == turns
    assert sum(words(t.asked) for t in recent) <= budget
