"""The wheel of llama.cpp is compiled once, whoever asks and however often. pip is played here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "llama_wheel.py"

PIP = """
import os, pathlib, sys, time
with open(os.environ["CALLS"], "a") as calls:
    calls.write(os.environ["SKBUILD_CMAKE_DEFINE"] + chr(10))
print("[1/2] compiling", flush=True)
time.sleep(float(os.environ.get("PIP_TAKES", "0")))
if "PIP_FAILS" in os.environ:
    print("fatal error: no such header")
    sys.exit(1)
(out,) = (a.partition("=")[2] for a in sys.argv if a.startswith("--wheel-dir="))
pathlib.Path(out).mkdir()
pathlib.Path(out, "llama_cpp_python-1-py3-none-any.whl").write_bytes(b"wheel")
"""


class Machine:
    def __init__(self, folder: Path) -> None:
        (folder / "fake/pip").mkdir(parents=True)
        (folder / "fake/pip/__init__.py").touch()
        (folder / "fake/pip/__main__.py").write_text(PIP)
        self.wheels = folder / "wheels of mine"
        self._calls = folder / "calls"
        self._env = {
            **os.environ,
            "PYTHONPATH": str(folder / "fake"),
            "CALLS": str(self._calls),
        }

    @property
    def compiled(self) -> int:
        return len(self._calls.read_text().splitlines()) if self._calls.exists() else 0

    def start(self, *options: str, **variables: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *options, str(self.wheels)],
            env=self._env | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, *options: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(*options, **variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_compiled_when_only_asked_for(machine: Machine) -> None:
    assert machine.ask("--kept")[:2] == (1, "")
    assert machine.compiled == 0


def test_a_wheel_is_compiled_once_and_named_with_its_hash(machine: Machine) -> None:
    code, first, said = machine.ask()
    again = machine.ask()
    kept = machine.ask("--kept")

    assert code == 0
    assert "compiled in" in said
    assert re.fullmatch(
        r"llama-cpp-python @ file:///\S+wheels%20of%20mine\S+\.whl --hash=sha256:[0-9a-f]{64}\n",
        first,
    )
    assert again == kept == (0, first, "")
    assert machine.compiled == 1


def test_two_clones_at_once_compile_once(machine: Machine) -> None:
    both = [machine.start(PIP_TAKES="0.5") for _ in range(2)]
    answers = {process.communicate(timeout=60)[0] for process in both}

    assert len(answers) == 1
    assert machine.compiled == 1


def test_a_compiler_that_fails_is_quoted_and_leaves_nothing(machine: Machine) -> None:
    code, out, err = machine.ask(PIP_FAILS="1")

    assert (code, out) == (1, "")
    assert "did not compile" in err
    assert "fatal error: no such header" in err
    assert [path.name for path in machine.wheels.iterdir() if path.is_dir()] == []
    assert machine.ask()[0] == 0


def test_what_a_killed_compilation_left_is_cleared_away(machine: Machine) -> None:
    (machine.wheels / ".building-x").mkdir(parents=True)

    machine.ask()

    assert not (machine.wheels / ".building-x").exists()
