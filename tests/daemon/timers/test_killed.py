"""A process that dies at the worst of moments: nothing is lost, nothing is done twice."""

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.announcements import Announcement
from daemon.timers.timekeeper import Timekeeper
from memory.database import Work
from memory.store import Store
from memory.timers import Timer
from tests.clock import run
from tests.daemon.timers.phrases import BERLIN, NOW
from tests.doubles.announcer import Announcer

ROOT = Path(__file__).parents[3]

PASTA = Timer("1", "timer", NOW + 300, name="pasta", created_at=NOW, length=300)
DAILY = replace(
    PASTA, id="2", kind="reminder", name="", text="feed the cat", length=0, repeat="DAILY 20:05"
)
LIGHT = replace(PASTA, id="3", name="light", command="turn off the light")


class Killed(BaseException):
    """The process is no more."""


class Life:
    """Dies at one of its steps; a step is a moment before or after anything that lasts."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def step(self) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise Killed


async def live(path: Path, life: Life, announcer: Announcer, obeyed: list[str]) -> bool:
    """Keep time for a while; whether it was killed meanwhile."""

    async def announce(announcement: Announcement) -> bool:
        life.step()
        heard = await announcer(announcement)
        life.step()
        return heard

    async def obey(timer: Timer, key: str) -> str:
        life.step()
        obeyed.append(key)
        life.step()
        return ""

    async with Store.open(path) as store:
        write = store.timers._database.write

        async def mortal(work: Work[object]) -> object:
            life.step()
            result = await write(work)
            life.step()
            return result

        store.timers._database.write = mortal  # type: ignore[method-assign, assignment]
        loop = asyncio.get_running_loop()
        keeper = Timekeeper(
            store.timers, announce, obey, now=lambda: NOW + loop.time(), local=BERLIN
        )
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(400):
                    await keeper.run()
            except BaseExceptionGroup as group:
                if group.subgroup(Killed) is None:
                    raise
                return True
        return False


async def survive(path: Path, steps: int) -> bool:
    """One life that ends early and one that does not; whether the first one ended early."""
    announcer, obeyed = Announcer(), list[str]()
    async with Store.open(path) as store:
        for timer in (PASTA, DAILY, LIGHT):
            await store.timers.add(timer)
    killed = await live(path, Life(steps), announcer, obeyed)
    await asyncio.sleep(7)
    assert not await live(path, Life(0), announcer, obeyed)
    said = Counter(key for _, announcement in announcer.said for key in announcement.key.split(","))
    assert set(said) == {"1", "2"}, "nothing is lost"
    assert max(said.values()) <= 1 + killed, "a kill costs one repetition"
    assert set(obeyed) == {f"timer:3:{LIGHT.due}"}, "one key: the gate obeys it once"
    async with Store.open(path) as store:
        ended = await store.timers.get(["1", "2", "3"])
        assert {timer.state for timer in ended} == {"acknowledged"}
        (following,) = await store.timers.active()
        assert (following.text, following.repeat) == ("feed the cat", "DAILY 20:05")
    return killed


def test_whatever_moment_it_dies_at(tmp_path: Path) -> None:
    steps = 1
    while run(survive(tmp_path / f"{steps}.db", steps)):
        steps += 1
    assert steps > 15, "every write, announcement and command is a moment to die at"


CHILD = """
import asyncio, sys, time
from pathlib import Path
from daemon.timers.timekeeper import Timekeeper
from daemon.tools.timing import timing_tools
from daemon.tools.tool import Occasion
from memory.store import Store

async def main(path, first, last):
    async def announce(announcement):
        print("said", announcement.key, flush=True)
        return True

    async def obey(timer, key):
        return ""

    async with Store.open(path) as store:
        keeper = Timekeeper(store.timers, announce, obey, look_s=0.2)
        tools = {t.name: t for t in timing_tools(store.timers, keeper.wake, now=time.time)}

        async def call(name, arguments, key):
            return await tools[name].run(arguments, Occasion("t", "intent", key=key))

        keeping = asyncio.create_task(keeper.run())
        print("ready", flush=True)
        for n in range(first, last):
            # Every third lasts, is made longer, and is cancelled; the others fire at once.
            seconds = 1000 if n % 3 == 0 else 0.01
            result = await call("HassStartTimer", {"seconds": seconds, "name": f"t{n}"}, f"s{n}")
            assert result.ok, result
            one = {"id": result.value["timer"]["id"]}
            print("set", n, flush=True)
            if n % 3 == 0:
                result = await call("HassIncreaseTimer", one | {"seconds": 500}, f"i{n}")
                assert result.ok, result
                result = await call("HassCancelTimer", one, f"c{n}")
                assert result.ok, result
                print("cancelled", n, flush=True)
        while await store.timers.active():
            await asyncio.sleep(0.05)
        print("done", flush=True)
        keeping.cancel()

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
"""


def life_of(path: Path, first: int, last: int, kill_after_s: float | None) -> list[list[str]]:
    """What a process says before it is killed, or has done everything."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(first), str(last)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if kill_after_s is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(kill_after_s)
            process.send_signal(signal.SIGKILL)
        return [line.split() for line in process.stdout if line.endswith("\n")]


def rows(path: Path) -> list[dict[str, object]]:
    async def main() -> str:
        async with Store.open(path) as store:
            return await store.timers._database.read(
                lambda connection: str(
                    connection.execute(
                        "SELECT json_group_array(json_object('id', id, 'name', name,"
                        " 'state', state, 'due', due, 'created', created_at)) FROM timers"
                    ).get
                )
            )

    told: list[dict[str, object]] = json.loads(asyncio.run(main()))
    return told


def told(lines: list[list[str]], word: str) -> list[str]:
    return [line[1] for line in lines if line[0] == word]


@pytest.mark.slow
def test_a_process_that_is_killed_thirty_times(tmp_path: Path) -> None:
    path, kills, chance = tmp_path / "m.db", 30, random.Random(7)
    lines: list[list[str]] = []
    for _ in range(kills):
        done = len(set(told(lines, "set")))
        # A call whose end nobody has heard of is made again, under the same key.
        first = done - 1 if done and str(done - 1) not in told(lines, "cancelled") else done
        lines += life_of(path, first, 10_000, chance.uniform(0.0, 0.4))
    last = len(set(told(lines, "set")))
    assert last > 5 * kills, "it has been busy"
    lines += life_of(path, max(0, last - 1), last + 1, None)
    assert lines[-1] == ["done"]
    kept = rows(path)
    assert sorted(str(row["name"]) for row in kept) == sorted(f"t{n}" for n in range(last + 1))
    said = Counter(key for keys in told(lines, "said") for key in keys.split(","))
    for row in kept:
        lasting = int(str(row["name"])[1:]) % 3 == 0
        assert row["state"] == ("cancelled" if lasting else "acknowledged")
        assert (said[str(row["id"])] > 0) != lasting
        length = float(str(row["due"])) - float(str(row["created"]))
        assert length == pytest.approx(1500 if lasting else 0.01, abs=0.6)
    assert sum(count - 1 for count in said.values()) <= 5 * kills
