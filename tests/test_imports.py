"""Which room may import which, read from the syntax trees; and whose our package names are."""

import ast
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from daemon.cli.doctor import ROOMS, name_clashes

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "audio": set[str](),
    "sensors": set[str](),
    "models": {"audio"},
    # models.worker is the one thread of a blocking engine, and SQLite is one of those.
    "memory": {"models.ports", "models.worker", "sensors.entities", "sensors.events"},
    "sync": {"memory"},
    "daemon": {"audio", "models", "sensors", "memory", "sync"},
}
"""Rooms or single modules of other rooms that a room may import."""


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that a module imports, wherever in it, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: the import path is the file path"
            module = node.module or ""
            # `from models import ports` imports models.ports.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def trespasses(room: str, tree: ast.Module) -> list[str]:
    """What a module of a room imports although it may not."""
    allowed = MAY_IMPORT[room] | {room}
    return [
        name
        for name in imported(tree)
        if name.split(".")[0] in {*MAY_IMPORT, "tests", "scripts"}
        and not any(name == one or name.startswith(f"{one}.") for one in allowed)
    ]


def modules() -> list[Path]:
    return [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert trespasses(room, ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("room", "text", "found"),
    [
        ("audio", "import models", ["models"]),
        ("audio", "def f():\n    from daemon import config", ["daemon.config"]),
        ("memory", "from models.ports import Embedder\nfrom sensors.events import Reading", []),
        ("memory", "from models.store import ModelStore", ["models.store.ModelStore"]),
        ("memory", "from models import store", ["models.store"]),
        ("memory", "from models import portable", ["models.portable"]),
        ("models", "from audio.frames import RATE", []),
        ("models", "if x:\n    import memory.store as m", ["memory.store"]),
        ("sensors", "from audio.frames import RATE", ["audio.frames.RATE"]),
        ("daemon", "import memory, sensors.house, audio.frames", []),
        ("daemon", "from tests.clock import run", ["tests.clock.run"]),
        ("audio", "import numpy, asyncio", []),
    ],
)
def test_a_trespass_is_noticed(room: str, text: str, found: list[str]) -> None:
    assert trespasses(room, ast.parse(text)) == found


def test_the_table_is_complete() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(MAY_IMPORT)
    assert set(ROOMS) == set(MAY_IMPORT)


def test_no_other_distribution_owns_one_of_our_names() -> None:
    assert list(name_clashes()) == []


def test_another_owner_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"memory": ["auricle", "memory"], "daemon": ["python-daemon"], "other": ["x"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: owners)
    assert [(room, verdict, text.split()[2]) for room, verdict, text in name_clashes()] == [
        ("daemon", "wrong", "python-daemon"),
        ("memory", "wrong", "memory"),
    ]
