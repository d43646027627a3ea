"""A process that is killed while it calls tools: nothing is lost, nothing is done twice."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memory.audit import Finished
from memory.store import Store
from tests.clock import run

ROOT = Path(__file__).parents[3]

CALLS = 12

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from daemon.tools.gate import Gate
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.store import Store
from models.ports import ToolCall

folder = Path(sys.argv[1])

async def turn_on(arguments, occasion):
    with open(folder / "effects", "a") as effects:
        effects.write(f"{occasion.key}\\n")
        effects.flush()
        os.fsync(effects.fileno())
    await asyncio.sleep(0.002)
    return ToolResult("done", {"name": arguments["name"]})

def seen(arguments):
    effects = folder / "effects"
    return effects.exists() and f"key {arguments['name']}" in effects.read_text().split("\\n")

schema = {"type": "object", "properties": {"name": {"type": "string"}}}

async def main():
    async with Store.open(folder / "m.db") as store:
        tool = Tool("On", "", schema, turn_on, happened=seen, idempotent=True)
        gate = Gate([tool], store.audit)
        print("ready", flush=True)
        for n in range(int(sys.argv[2])):
            call = ToolCall("On", {"name": str(n)}, f"key {n}")
            result = await gate.call(call, Occasion("run", "workflow"))
            assert result.ok, result
            print(n, flush=True)

asyncio.run(main())
"""


def once(folder: Path, lines: int | None, pause_s: float = 0.0) -> list[str]:
    """Run the program, kill it some time after that many lines; what it said."""
    command = [sys.executable, "-c", PROGRAM, str(folder), str(CALLS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if lines is None:
            return process.stdout.read().split()
        said = [process.stdout.readline().strip() for _ in range(lines)]
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)
        return said + [line.strip() for line in process.stdout if line.endswith("\n")]


def check(folder: Path, told: set[str]) -> None:
    async def main() -> None:
        async with Store.open(folder / "m.db") as store:
            assert (await store.audit.verify()).broken == 0
            for n in told:
                assert isinstance(await store.audit.outcome(f"key {n}"), Finished)

    run(main())
    effects = (folder / "effects").read_text().split("\n")[:-1]
    assert len(effects) == len(set(effects)), "nothing is done twice"
    assert {f"key {n}" for n in told} <= set(effects), "nothing is lost"


@pytest.mark.parametrize(
    "kills", [1, pytest.param(25, marks=pytest.mark.slow)], ids=["one", "many"]
)
def test_killed_at_any_moment_each_call_happens_once(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    for attempt in range(kills):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        told = {
            n for n in once(folder, chance.randint(1, CALLS), chance.random() / 100) if n.isdigit()
        }
        if told:
            check(folder, told)
        told |= {n for n in once(folder, None) if n.isdigit()}
        assert len(told) == CALLS
        check(folder, told)
