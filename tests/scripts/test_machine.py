"""What setting up says on machines that lack something; their tools are played by scripts."""

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
NEEDED = ("bash", "dirname", "env", "mkdir", "tail", "cat", "sha256sum", "id")


class Machine:
    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.path = folder / "bin"
        self.path.mkdir()
        for tool in NEEDED:
            found = subprocess.run(["which", tool], capture_output=True, text=True, check=True)
            (self.path / tool).symlink_to(found.stdout.strip())

    def has(self, tool: str, script: str) -> None:
        (self.path / tool).write_text(f"#!/bin/bash\n{script}\n")
        (self.path / tool).chmod(0o755)

    def does(self, function: str) -> "subprocess.CompletedProcess[str]":
        script = f'source "{SCRIPTS}/machine.sh"; pythons=(python3); {function}'
        return subprocess.run(
            [str(self.path / "bash"), "-euo", "pipefail", "-c", script],
            env={"PATH": str(self.path), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_python_that_is_too_old_is_not_taken(machine: Machine) -> None:
    machine.has("python3", "exit 1")

    done = machine.does("find_python")

    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_all_that_is_missing_is_named_at_once(machine: Machine) -> None:
    machine.has("python3", 'case "$*" in *version_info*) echo python3.11-venv;; *) exit 1;; esac')

    done = machine.does('need_system "$(command -v python3)"')

    assert done.returncode == 1
    assert done.stderr.strip().endswith("calls libportaudio2 python3.11-venv gcc g++ libc6-dev")


def test_nothing_is_asked_for_when_all_is_there(machine: Machine) -> None:
    machine.has("python3", "exit 0")

    assert machine.does("need_system python3").stderr == ""


def test_packages_that_cannot_be_installed_are_named_with_what_was_said(machine: Machine) -> None:
    machine.has("apt-get", "echo no route to the mirror; exit 100")
    machine.has("sudo", 'while [[ $1 == -* ]]; do shift; done; [[ $1 == true ]] || exec "$@"')

    done = machine.does("need_packages 'sound is missing' libportaudio2")

    assert done.returncode == 1
    assert "no route to the mirror" in done.stderr
    assert "type: sudo apt-get install libportaudio2" in done.stderr


def test_a_list_of_packages_that_is_too_old_is_renewed(machine: Machine) -> None:
    machine.has(
        "apt-get",
        f'case "$*" in *update*) > "{machine.home}/new";; esac; test -e "{machine.home}/new"',
    )
    machine.has("sudo", 'while [[ $1 == -* ]]; do shift; done; [[ $1 == true ]] || exec "$@"')

    assert machine.does("need_packages 'sound is missing' libportaudio2").returncode == 0
