"""Prompts kept over a restart: used when they fit, never when they do not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from models.kept_prompts import KeptPrompts
from models.llama_context import SideContext


class Context:
    """A context whose state is the tokens it has read."""

    size = 100

    def __init__(self, read: Sequence[int] = ()) -> None:
        self.tokens = list(read)
        self.full = False

    def save(self, path: Path) -> bool:
        path.write_text(" ".join(map(str, self.tokens)))
        return not self.full

    def load(self, path: Path) -> bool:
        text = path.read_text()
        self.tokens = [] if "x" in text else [int(one) for one in text.split()]
        return "x" not in text

    def shared(self, prompt: Sequence[int]) -> int:
        return len(prompt) if self.tokens[: len(prompt)] == list(prompt) else 0


def context(*read: int) -> Any:
    return cast("SideContext", Context(read))


def test_what_was_read_once_is_not_read_again(tmp_path: Path) -> None:
    kept, later = KeptPrompts(tmp_path / "p", "weights"), context()
    assert not kept.load(later, [1, 2, 3])
    kept.save(context(1, 2, 3), [1, 2, 3])
    assert kept.load(later, [1, 2, 3])
    assert later.tokens == [1, 2, 3]


@pytest.mark.parametrize(("identity", "prompt"), [("other", [1, 2]), ("weights", [1, 2, 3])])
def test_other_weights_and_other_prompts_are_others(
    tmp_path: Path, identity: str, prompt: list[int]
) -> None:
    KeptPrompts(tmp_path, "weights").save(context(1, 2), [1, 2])
    assert not KeptPrompts(tmp_path, identity).load(context(), prompt)


@pytest.mark.parametrize("damage", ["x", "7 8"])
def test_a_damaged_file_is_thrown_away(tmp_path: Path, damage: str) -> None:
    kept = KeptPrompts(tmp_path, "weights")
    kept.save(context(1, 2), [1, 2])
    (path,) = tmp_path.glob("*.kv")
    path.write_text(damage)
    assert not kept.load(context(), [1, 2])
    assert not path.exists()


def test_half_a_file_is_never_there_and_old_ones_go(tmp_path: Path) -> None:
    kept = KeptPrompts(tmp_path, "weights")
    full = context(1)
    full.full = True
    kept.save(full, [1])
    assert list(tmp_path.iterdir()) == []
    for token in range(5):
        kept.save(context(token), [token])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    KeptPrompts(tmp_path / "file" / "p", "weights").save(context(1), [1])
