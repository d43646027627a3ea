"""Where state lies, and what is said when it cannot lie there."""

import stat
from pathlib import Path

import pytest

from daemon import paths
from daemon.__main__ import main
from memory.records import MemoryFailed
from memory.store import Store
from tests.clock import run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_remembered_is_its_owners_alone(tmp_path: Path) -> None:
    path = paths.store({"STATE_DIRECTORY": f"{tmp_path / 'state'}:/second"})

    async def use() -> None:
        async with Store.open(path):
            assert {mode(file) for file in path.parent.iterdir()} == {0o600}

    run(use())
    assert path.parent == tmp_path / "state"
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "state"
    with pytest.raises(MemoryFailed, match=r"Not a directory; make it.*STATE_DIRECTORY") as caught:
        paths.store({"STATE_DIRECTORY": str(folder)})
    assert str(folder) in str(caught.value)


def test_a_home_that_is_a_file_is_1_and_no_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quiet_logging: None,
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "auricle.toml").touch()
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    for words in (["turns"], ["home"], ["memory", "list"]):
        assert main([words[0], "--config", str(tmp_path / "auricle.toml"), *words[1:]]) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"auricle: the folder {tmp_path / 'file'}/auricle ")
        assert "XDG_STATE_HOME" in told
