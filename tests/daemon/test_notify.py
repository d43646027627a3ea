"""What the service manager is told: a deaf daemon must not look alive."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame
from audio.gate import Gate
from audio.listening import Ear
from daemon.lifecycle import report, stop_on_signals
from daemon.notify import Notifier
from tests.audio.test_listening import LoudIsSpeech
from tests.clock import run
from tests.doubles.audio import ScriptedMicrophone


class Manager:
    """The receiving end of sd_notify(3)."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(str(path))
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "6000000"}

    def told(self) -> list[str]:
        """What has arrived since the last time."""
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def fed(self) -> int:
        return self.told().count("WATCHDOG=1")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    yield made
    made.socket.close()


class Interrupted(ScriptedMicrophone):
    """Silent between two moments, as a device that is away or a server that hangs."""

    def __init__(self, away: float, back: float, *, knows: bool) -> None:
        super().__init__()
        self._away, self._back, self._knows = away, back, knows

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        loop = asyncio.get_running_loop()
        async for frame in super().frames():
            if frame.end > self._away * RATE and loop.time() < self._back:
                self.lost = self._knows
                await asyncio.sleep(self._back - loop.time())
                self.lost = False
            yield frame


def an_ear(microphone: ScriptedMicrophone) -> Ear:
    return Ear(microphone, Detector(Gate(), LoudIsSpeech(), Endpointer()))


async def listening(
    microphone: ScriptedMicrophone, notifier: Notifier, ear: Ear | None = None
) -> asyncio.Task[None]:
    ear = ear or an_ear(microphone)

    async def service() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(report(ear, microphone, notifier))
            async for _ in ear.events():
                pass

    return asyncio.create_task(service())


def test_ready_comes_with_the_first_frame_and_stopping_with_the_end(manager: Manager) -> None:
    async def main() -> None:
        microphone = Interrupted(0.0, 5.0, knows=False)
        service = await listening(microphone, Notifier(manager.environment))
        await asyncio.sleep(4.9)
        assert manager.told() == [], "models alone do not make it ready"
        await asyncio.sleep(0.2)
        ready, alive, *_ = manager.told()
        assert ready.splitlines() == ["READY=1", "STATUS=listening"]
        assert alive == "WATCHDOG=1"
        await asyncio.sleep(10)
        assert "STOPPING=1" not in manager.told()
        service.cancel()
        await asyncio.wait([service])
        assert manager.told() == ["STOPPING=1"]

    run(main())


def test_the_watchdog_is_fed_well_within_its_patience(manager: Manager) -> None:
    async def main() -> None:
        service = await listening(ScriptedMicrophone(), Notifier(manager.environment))
        await asyncio.sleep(0.5)
        manager.told()
        await asyncio.sleep(60)
        assert manager.fed() == pytest.approx(60, abs=2)
        service.cancel()
        await asyncio.wait([service])

    run(main())


def test_an_impatient_watchdog_is_fed_more_often(manager: Manager) -> None:
    async def main() -> None:
        environment = manager.environment | {"WATCHDOG_USEC": "900000"}
        service = await listening(ScriptedMicrophone(), Notifier(environment))
        await asyncio.sleep(30)
        assert manager.fed() >= 30 / 0.45
        service.cancel()
        await asyncio.wait([service])

    run(main())


@pytest.mark.parametrize("knows", [True, False])
def test_who_hears_nothing_and_does_not_know_why_looks_dead(manager: Manager, knows: bool) -> None:
    async def main() -> None:
        microphone = Interrupted(10.0, 100.0, knows=knows)
        service = await listening(microphone, Notifier(manager.environment))
        await asyncio.sleep(14)
        manager.told()
        await asyncio.sleep(60)
        told = manager.told()
        assert ("WATCHDOG=1" in told) is knows
        assert any(message.startswith("STATUS=deaf") for message in told)
        await asyncio.sleep(40)
        told = manager.told()
        assert told[-2:] == ["STATUS=listening", "WATCHDOG=1"], "who hears again lives again"
        service.cancel()
        await asyncio.wait([service])

    run(main())


def test_who_is_muted_is_ready_and_alive_and_says_so(manager: Manager) -> None:
    async def main() -> None:
        microphone = ScriptedMicrophone()
        ear = an_ear(microphone)
        ear.mute(True)
        service = await listening(microphone, Notifier(manager.environment), ear)
        await asyncio.sleep(60)
        told = manager.told()
        assert told[0].splitlines() == ["READY=1", "STATUS=muted"]
        assert told.count("WATCHDOG=1") == pytest.approx(60, abs=2)
        assert ear.heard == 0
        ear.mute(False)
        await asyncio.sleep(2)
        assert manager.told()[-2:] == ["STATUS=listening", "WATCHDOG=1"]
        ear.mute(True)
        await asyncio.sleep(60)
        told = manager.told()
        assert not any(message.startswith("STATUS=deaf") for message in told)
        assert told[-2:] == ["STATUS=muted", "WATCHDOG=1"]
        service.cancel()
        await asyncio.wait([service])

    run(main())


def test_dropped_frames_are_logged(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        microphone = ScriptedMicrophone()
        service = await listening(microphone, Notifier(manager.environment))
        await asyncio.sleep(3)
        microphone.dropped = 7
        await asyncio.sleep(3)
        service.cancel()
        await asyncio.wait([service])

    run(main())
    assert caplog.messages.count("the ear was late: 7 frames lost") == 1


def test_without_a_manager_nothing_is_told() -> None:
    notifier = Notifier({})
    notifier.ready("x")
    notifier.alive()
    notifier.stopping()
    assert notifier.watchdog_s == 0


def test_an_abstract_socket_will_do() -> None:
    name = f"auricle-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}")
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).status("hello")
        assert receiver.recv(99) == b"STATUS=hello"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_the_service(number: int) -> None:
    async def service() -> None:
        stop_on_signals()
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
        await asyncio.sleep(10)

    async def main() -> None:
        task = asyncio.create_task(service())
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())


def test_a_frame_is_twenty_milliseconds() -> None:
    assert FRAME / RATE == 0.02
