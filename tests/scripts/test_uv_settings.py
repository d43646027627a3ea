"""pip's own settings reach uv."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "uv_settings.py"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A pip configuration, the only one that counts."""
    return tmp_path / "pip.conf"


def exported(settings: Path, **variables: str) -> list[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "SSL_"))}
    home = {"HOME": str(settings.parent), "XDG_CONFIG_DIRS": str(settings.parent)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**clean, **home, "PIP_CONFIG_FILE": str(settings), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    return sorted(line for line in lines if "example" in line or "/links" in line)


def test_indexes_become_uv_s(settings: Path) -> None:
    settings.write_text(
        "[global]\nindex-url = https://a.example/simple\n"
        "extra-index-url =\n    https://b.example/simple\n    https://c.example/simple\n"
    )

    assert exported(settings) == [
        "export UV_DEFAULT_INDEX=https://a.example/simple",
        "export UV_INDEX='https://b.example/simple https://c.example/simple'",
    ]


def test_the_environment_stands_before_the_file(settings: Path) -> None:
    settings.write_text("[global]\nindex-url = https://a.example/simple\n")

    lines = exported(settings, PIP_INDEX_URL="https://b.example/it's")

    assert lines == ["""export UV_DEFAULT_INDEX='https://b.example/it'"'"'s'"""]


def test_what_is_set_for_uv_is_left_alone(settings: Path) -> None:
    settings.write_text("[global]\nindex-url = https://a.example/simple\n")

    assert exported(settings, UV_DEFAULT_INDEX="https://own.example") == []


def test_folders_of_packages_that_are_not_there_are_left_out(settings: Path) -> None:
    there = settings.parent / "links"
    there.mkdir()
    settings.write_text(f"[global]\nfind-links = {there} {there}-not\n")

    assert exported(settings) == [f"export UV_FIND_LINKS={there}"]
