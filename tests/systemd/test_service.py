"""The installed service in a real systemd: it starts, speaks, survives, stops and goes away."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from daemon import paths
from tests import pulse
from tests.broker import Mosquitto, needs_mosquitto
from tests.pulse import VirtualSoundCard
from tests.systemd.box import Box, missing
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
UNIT = "auricle.service"
QUESTION = ROOT / "tests/data/speech/speech_to_phrase/is-the-front-door-locked.wav"
SENSORS = 40


def lacking() -> str:
    if what := missing() or pulse.missing():
        return what
    if not (CACHE / "auricle/tools/.auricle").exists():
        return "what scripts/setup brings"
    if not (paths.models({}) / "whisper-base").is_dir():
        return "models: run `auricle models pull`"
    return ""


pytestmark = [
    pytest.mark.systemd,
    pytest.mark.slow,
    pytest.mark.models,
    pytest.mark.sound,
    pytest.mark.broker,
    needs_mosquitto,
    pytest.mark.skipif(bool(lacking()), reason=f"missing: {lacking()}"),
]


@dataclass
class Service:
    box: Box
    card: VirtualSoundCard
    broker: Mosquitto
    before: set[str] = field(repr=False)

    @property
    def main_pid(self) -> str:
        return self.box.show(UNIT, "MainPID")

    @property
    def listening(self) -> bool:
        return (
            self.box.show(UNIT, "ActiveState") == "active"
            and self.box.show(UNIT, "StatusText") == "listening"
        )

    def auricle(self, *arguments: str) -> list[dict[str, Any]]:
        said = self.box.run("/usr/local/bin/auricle", *arguments, "--json").stdout
        told: list[dict[str, Any]] = json.loads(said)
        return told

    def log(self) -> str:
        return self.box.run("journalctl", "-u", UNIT, "-o", "cat").stdout

    def ready_again(self, than: str, within: float) -> None:
        """Another process than `than` listens."""
        back = lambda: self.main_pid not in {than, "0"} and self.listening  # noqa: E731
        try:
            eventually(back, within, "listening again")
        except TimeoutError as error:
            raise AssertionError(self.log()[-3000:]) from error


def installed_files(box: Box) -> set[str]:
    """Files that an installation may own; caches and logs of the system are not among them."""
    where = ["/opt", "/usr", "/etc", "/var/lib", "/var/cache"]
    known = ["/var/lib/systemd", "/var/cache/ldconfig", "*/__pycache__"]
    leave_out = [part for path in known for part in ("-path", path, "-prune", "-o")]
    found = box.run("find", *where, "-xdev", *leave_out, "-print").stdout
    return set(found.splitlines())


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Sockets have short paths, and the service may not look into /tmp.
    folder = Path(tempfile.mkdtemp(prefix="auricle-", dir="/run"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    for name in ("sound", "box"):
        (folder / name).mkdir()
    layers = [f"{paths.models({})}=/var/cache/auricle/models"]
    disk = Path("/").stat().st_dev
    layers += [str(path) for path in (ROOT, CACHE) if path.stat().st_dev != disk]
    with (
        Mosquitto(folder / "broker") as broker,
        VirtualSoundCard(folder / "sound") as card,
        Box(folder / "box", folder / "sound", layers) as box,
    ):
        before = installed_files(box)
        _configure(box, card, broker)
        home = {"HOME": str(Path.home()), "XDG_CACHE_HOME": str(CACHE)}
        box.run(str(ROOT / "scripts/install"), environment=home)
        yield Service(box, card, broker, before)


def _configure(box: Box, card: VirtualSoundCard, broker: Mosquitto) -> None:
    """The virtual sound card and a broker; less patience, as nobody likes to wait for tests."""
    sound = {name: card.env[name] for name in ("PULSE_SERVER", "ALSA_CONFIG_PATH")}
    variables = "".join(f'Environment="{name}={value}"\n' for name, value in sound.items())
    dropin = f"[Service]\n{variables}WatchdogSec=4\nTimeoutAbortSec=1\nRestartSec=100ms\n"
    _write(box, f"/etc/systemd/system/{UNIT}.d/test.conf", dropin)
    listening = '[listening]\nmode = "open"\n'
    _write(box, "/etc/auricle/auricle.d/test.toml", f"{listening}[mqtt]\nport = {broker.port}\n")


def _write(box: Box, path: str, text: str) -> None:
    box.run("mkdir", "-p", str(Path(path).parent))
    box.run("bash", "-c", f'printf %s "$1" > {path}', "write", text)


def test_starting_lasts_until_the_models_are_warm_and_the_microphone_is_heard(
    service: Service,
) -> None:
    assert service.listening
    began = int(service.box.show(UNIT, "ExecMainStartTimestampMonotonic"))
    ready = int(service.box.show(UNIT, "ActiveEnterTimestampMonotonic"))
    # Nothing that has loaded a language model was ready sooner.
    assert ready - began > 500_000
    assert service.box.run("systemctl", "is-enabled", UNIT).stdout.strip() == "enabled"


def test_the_unit_is_as_strict_when_installed(service: Service) -> None:
    assert service.box.run("systemd-analyze", "verify", UNIT).stderr == ""
    service.box.run("systemd-analyze", "security", "--threshold=20", UNIT)
    assert service.box.show(UNIT, "NRestarts") == "0"


def test_a_question_is_heard_and_answered_aloud(service: Service) -> None:
    tape = service.card.record()
    service.card.speak(QUESTION)
    eventually(lambda: bool(service.auricle("turns")), 60, "the turn is in the journal")
    tape.stop()

    (turn,) = service.auricle("turns")
    assert "door" in turn["asked"].lower()
    assert turn["heard"]
    assert turn["asked"].lower() not in service.log().lower()


def test_a_killed_daemon_is_back(service: Service) -> None:
    killed = service.main_pid
    service.box.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", UNIT)

    service.ready_again(killed, within=60)


def test_a_daemon_that_hangs_is_replaced(service: Service) -> None:
    hung = service.main_pid
    service.box.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", UNIT)

    service.ready_again(hung, within=60)
    assert "Watchdog timeout" in service.log()


def test_stopping_takes_seconds_and_loses_nothing_that_was_acknowledged(service: Service) -> None:
    for number in range(SENSORS):
        service.broker.publish(f"home/room {number}/sensor", '{"temperature": 21.5}')
    began = time.monotonic()
    service.box.run("systemctl", "stop", UNIT)

    assert time.monotonic() - began < 10
    assert service.box.show(UNIT, "Result") == "success"
    # The broker keeps what was not acknowledged for the next start; the rest is on disk.
    service.box.run("systemctl", "start", UNIT)
    eventually(lambda: len(_rooms(service)) == SENSORS, 30, "every reading is known")


def _rooms(service: Service) -> set[str]:
    return {row["name"] for row in service.auricle("home") if "room" in row["name"].lower()}


def test_installing_again_is_an_upgrade(service: Service) -> None:
    before = service.main_pid
    home = {"HOME": str(Path.home()), "XDG_CACHE_HOME": str(CACHE)}
    service.box.run(str(ROOT / "scripts/install"), environment=home)

    assert service.listening
    assert service.main_pid != before
    assert service.auricle("turns")


def test_uninstalling_leaves_memories_and_purging_leaves_nothing(service: Service) -> None:
    script = str(ROOT / "scripts/install")
    # Only the box has these models on a file system of their own.
    service.box.run("umount", "--lazy", "/var/cache/auricle/models")
    service.box.run("rm", "-r", f"/etc/systemd/system/{UNIT}.d", "/etc/auricle/auricle.d/test.toml")

    service.box.run(script, "--uninstall", environment={"HOME": "/root"})
    left = installed_files(service.box) - service.before
    assert {path for path in left if not path.startswith("/etc/")} >= {"/var/lib/auricle"}
    assert all(path.startswith(("/var/lib/auricle", "/etc/")) for path in left)

    service.box.run(script, "--uninstall", "--purge", environment={"HOME": "/root"})
    left = installed_files(service.box) - service.before
    assert left <= {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"}
    assert service.box.run("id", "auricle", check=False).returncode != 0
