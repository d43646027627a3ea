"""The acting side of the daemon in a process of its own, to be killed: sentences in, answers out.

Arguments: the configuration, and how many devices there are. Everything is real but ear, mind and
mouth. A line "NUMBER SENTENCE" on standard input is taken as
one turn; its answer comes as "NUMBER ANSWER" once it would be spoken, and what is announced as
"! TEXT". "ready" is the first line.
"""

import asyncio
import logging
import sys
import time
from pathlib import Path

from daemon import paths
from daemon.announcements import Announcements
from daemon.broker import edge
from daemon.config import load
from daemon.controls import Controls
from daemon.furnishing import furnish
from daemon.household import Household, Outlets
from memory.records import Turn
from memory.store import Store
from tests.doubles.models import ScriptedMind


async def main(config_file: Path, count: int) -> None:
    config = load(config_file)
    broker = edge(config.settings.mqtt)
    outlets = Outlets(Announcements(), Controls())
    async with Store.open(paths.store()) as store:
        household = await furnish(config, store, broker, outlets, ScriptedMind([]))
        async with asyncio.TaskGroup() as group:
            group.create_task(household.live())
            group.create_task(_speak(outlets.announcements))
            await broker.connection(0)
            await _known(household, count)
            _print("ready")
            reader = asyncio.StreamReader()
            await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
            )
            while line := (await reader.readline()).decode():
                number, _, sentence = line.strip().partition(" ")
                group.create_task(_take(household, number, sentence))


async def _known(household: Household, count: int) -> None:
    """Wait until all devices have announced themselves, and can be spoken of."""
    while True:
        if len(household.registry.entities()) >= count:
            break
        await asyncio.sleep(0.02)
    await household.learn()


async def _take(household: Household, number: str, sentence: str) -> None:
    turn = Turn(f"t{number}-{time.time()}", "s", time.time(), "text", asked=sentence)
    _print(f"{number} {await household.acting.act(turn)}")


async def _speak(announcements: Announcements) -> None:
    while True:
        waiting = await announcements.next()
        _print(f"! {waiting.announcement.text}")
        announcements.leave(waiting, heard=True)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
