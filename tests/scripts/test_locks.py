"""The locks hold what pyproject.toml asks for, with hashes and without the name of any index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
LOCKS = ("requirements.lock", "requirements-dev.lock", "llama.lock", "tools.lock")
COMPILED = "llama-cpp-python"


def asked() -> list[str]:
    """What pyproject.toml asks for, but for what is compiled."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [line for line in project["dependencies"] if not line.startswith(COMPILED)]


def asked_for_tests() -> list[str]:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [*asked(), *groups["dev"]]


def asked_for_tools() -> list[str]:
    lines = (SCRIPTS / "tools.in").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def blocks(lock: str) -> list[str]:
    """One string for each pinned package: the requirement and its hashes."""
    return (SCRIPTS / lock).read_text().replace("\\\n", " ").splitlines()


def pinned(lock: str) -> dict[str, list[Requirement]]:
    """Pins by name; there are several where Pythons need different versions."""
    found: dict[str, list[Requirement]] = {}
    for block in blocks(lock):
        requirement = Requirement(block.partition(" --hash")[0])
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def unfulfilled(wanted: list[str], lock: str) -> list[str]:
    pins = pinned(lock)
    wrong = []
    for line in wanted:
        requirement = Requirement(line)
        versions = [
            str(pin.specifier).removeprefix("==")
            for pin in pins.get(canonicalize_name(requirement.name), [])
        ]
        if not versions or not all(requirement.specifier.contains(each) for each in versions):
            wrong.append(f"{line}: {versions}")
    return wrong


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [
        (asked(), "requirements.lock"),
        (asked_for_tests(), "requirements-dev.lock"),
        (asked_for_tools(), "tools.lock"),
    ],
)
def test_a_lock_fulfils_what_is_asked_for(wanted: list[str], lock: str) -> None:
    assert unfulfilled(wanted, lock) == [], "run scripts/lock"


def test_the_compiled_package_is_locked_as_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [line for line in project["dependencies"] if line.startswith(COMPILED)]

    assert wanted
    assert unfulfilled(wanted, "llama.lock") == []
    assert not any(COMPILED in pinned(lock) for lock in LOCKS if lock != "llama.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_hash_and_no_index_is_named(lock: str) -> None:
    for block in blocks(lock):
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ;.+?)?(\s+--hash=sha256:[0-9a-f]{64})+", block)


def test_what_is_tested_is_what_runs() -> None:
    assert set(blocks("requirements.lock")) <= set(blocks("requirements-dev.lock"))


def test_a_missing_and_a_wrong_pin_are_noticed() -> None:
    assert unfulfilled(["numpy>=99"], "requirements.lock")
    assert unfulfilled(["no-such-package"], "requirements.lock")
