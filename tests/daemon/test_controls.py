"""Knobs that several follow at once."""

import asyncio
from pathlib import Path

import pytest

from daemon.controls import Controls
from tests.broker import eventually
from tests.clock import run


class ToldEar:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.muted: list[bool] = []
        self.pressed: list[str] = []

    def mute(self, muted: bool) -> None:
        self.muted.append(muted)

    def talk(self, held: bool) -> None:
        self.pressed.append("hold" if held else "release")

    def call(self) -> None:
        self.pressed.append("call")


def test_every_follower_sees_every_change_however_slow_it_is() -> None:
    async def main() -> dict[str, list[int]]:
        controls = Controls()
        seen: dict[str, list[int]] = {"quick": [], "slow": []}

        async def follow(name: str, rest: float) -> None:
            at = 0
            while True:
                at = await controls.changed(at)
                seen[name].append(controls.volume)
                await asyncio.sleep(rest)

        tasks = [asyncio.create_task(follow("quick", 0)), asyncio.create_task(follow("slow", 0.25))]
        for volume in (10, 20, 30):
            await asyncio.sleep(0.1)
            controls.volume = volume
            controls.volume = volume
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return seen

    assert run(main()) == {"quick": [10, 20, 30], "slow": [10, 30]}


def test_the_ear_is_deaf_while_somebody_wants_it_so() -> None:
    async def main() -> list[bool]:
        controls, ear = Controls(muted=True), ToldEar()
        task = asyncio.create_task(controls.follow(ear))
        await asyncio.sleep(0.1)
        controls.muted = False
        await asyncio.sleep(0.1)
        controls.muted = True
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return ear.muted

    assert run(main()) == [True, False, True]


def test_buttons_reach_the_ear_once() -> None:
    async def main() -> list[str]:
        controls, ear = Controls(), ToldEar()
        task = asyncio.create_task(controls.follow(ear))
        await asyncio.sleep(0.1)
        for press in (True, False):
            controls.talking = press
            await asyncio.sleep(0.1)
        controls.call()
        await asyncio.sleep(0.1)
        controls.volume = 10
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return ear.pressed

    assert run(main()) == ["hold", "release", "call"]


def test_mute_and_volume_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "controls.json"

    async def main() -> None:
        controls = Controls.load(path)
        assert (controls.muted, controls.volume) == (False, 100)
        task = asyncio.create_task(controls.keep(path))
        await asyncio.sleep(0)
        controls.muted, controls.volume = True, 40
        await eventually(path.exists)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())  # A thread writes; virtual time would not wait for it.
    later = Controls.load(path)
    assert (later.muted, later.volume) == (True, 40)


@pytest.mark.parametrize("text", ["", "[]", '{"muted": true}', '{"muted": 1, "volume": "x"}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "c").write_text(text)
    assert not Controls.load(tmp_path / "c").muted
