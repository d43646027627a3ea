"""One leads, the others wait; whoever dies leaves the lead."""

import asyncio
import subprocess
import sys
from pathlib import Path

from daemon.leadership import leading
from tests.clock import run


def test_one_leads_and_the_next_takes_over(tmp_path: Path) -> None:
    async def main() -> list[str]:
        told: list[str] = []
        done = asyncio.Event()

        async def lead(name: str) -> None:
            async with leading(tmp_path / "lock"):
                told.append(name)
                await done.wait()

        first = asyncio.create_task(lead("first"))
        await asyncio.sleep(1)
        second = asyncio.create_task(lead("second"))
        await asyncio.sleep(10)
        assert told == ["first"]
        first.cancel()
        await asyncio.sleep(3)
        done.set()
        await asyncio.wait([first, second])
        return told

    assert run(main()) == ["first", "second"]


def test_a_process_that_is_killed_leads_no_more(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = (
        "import asyncio, sys; from pathlib import Path; from daemon.leadership import leading\n"
        "async def main():\n"
        "    async with leading(Path(sys.argv[1])):\n"
        "        print('leads', flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "leads\n"

    async def leads() -> bool:
        try:
            async with asyncio.timeout(1), leading(lock):
                return True
        except TimeoutError:
            return False

    try:
        assert not run(leads())
    finally:
        process.kill()
        process.communicate()
    assert run(leads())
