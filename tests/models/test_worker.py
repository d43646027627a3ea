import asyncio
import os
import sys
import threading
from collections.abc import Generator
from contextlib import aclosing

import pytest

from models.priority import Priority
from models.worker import Worker
from tests.clock import run


def test_items_arrive_in_order_from_one_thread() -> None:
    threads: set[str] = set()

    def count() -> Generator[int, None, None]:
        for number in range(3):
            threads.add(threading.current_thread().name)
            yield number

    async def scenario() -> list[int]:
        worker = Worker("engine")
        try:
            return [item async for item in worker.draw(count)]
        finally:
            worker.close()

    assert run(scenario()) == [0, 1, 2]
    assert threads == {"engine_0"}


def test_closing_early_closes_the_generator_on_its_thread() -> None:
    closed_on: list[str] = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed_on.append(threading.current_thread().name)

    async def scenario() -> None:
        worker = Worker("engine")
        async with aclosing(worker.draw(endless)) as items:
            await anext(items)
        worker.close()

    run(scenario())
    assert closed_on == ["engine_0"]


def test_a_cancelled_consumer_waits_for_the_step_in_hand() -> None:
    entered, leave = threading.Event(), threading.Event()
    steps: list[str] = []

    def slow() -> Generator[int, None, None]:
        try:
            entered.set()
            leave.wait(5)
            steps.append("step finished")
            yield 1
        finally:
            steps.append("closed")

    async def consume(worker: Worker) -> None:
        async with aclosing(worker.draw(slow)) as items:
            async for _ in items:
                pass

    async def scenario() -> None:
        worker = Worker("engine")
        task = asyncio.create_task(consume(worker))
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        asyncio.get_running_loop().call_later(0, leave.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        worker.close()

    asyncio.run(scenario())
    assert steps == ["step finished", "closed"]


def test_an_error_in_the_engine_reaches_the_caller() -> None:
    def broken() -> None:
        raise ValueError("native trouble")

    async def scenario() -> None:
        worker = Worker("engine")
        try:
            await worker.run(broken)
        finally:
            worker.close()

    with pytest.raises(ValueError, match="native trouble"):
        run(scenario())


def test_a_call_that_nobody_waits_for_any_more_is_not_made() -> None:
    entered, leave = threading.Event(), threading.Event()
    made: list[str] = []

    def slow() -> None:
        entered.set()
        leave.wait(5)
        made.append("first")

    async def scenario(*, keeps: bool) -> list[str]:
        made.clear()
        entered.clear()
        leave.clear()
        worker = Worker("engine", keeps=keeps)
        first = asyncio.create_task(worker.run(slow))
        await asyncio.to_thread(entered.wait, 5)
        void = asyncio.create_task(worker.run(lambda: made.append("void")))
        last = asyncio.create_task(worker.run(lambda: made.append("last")))
        await asyncio.sleep(0)
        void.cancel()
        asyncio.get_running_loop().call_later(0, leave.set)
        await asyncio.wait([first, void, last])
        worker.close()
        return list(made)

    assert asyncio.run(scenario(keeps=False)) == ["first", "last"]
    assert asyncio.run(scenario(keeps=True)) == ["first", "void", "last"]


def test_whoever_is_cancelled_brakes_the_step_in_hand() -> None:
    entered, braked = threading.Event(), threading.Event()
    steps: list[str] = []

    def endless() -> Generator[int, None, None]:
        entered.set()
        steps.append("braked" if braked.wait(5) else "ran to its end")
        yield 1

    async def consume(worker: Worker) -> None:
        async with aclosing(worker.draw(endless, brake=braked.set)) as items:
            async for _ in items:
                pass

    async def scenario() -> None:
        worker = Worker("engine")
        task = asyncio.create_task(consume(worker))
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        await asyncio.wait([task])
        worker.close()

    asyncio.run(scenario())
    assert steps == ["braked"]


def test_nobody_brakes_who_is_not_cancelled() -> None:
    braked: list[str] = []

    async def scenario() -> list[int]:
        worker = Worker("engine")
        steps = worker.draw(
            lambda: (number for number in range(3)), brake=lambda: braked.append("")
        )
        try:
            return [item async for item in steps]
        finally:
            worker.close()

    assert run(scenario()) == [0, 1, 2]
    assert not braked


@pytest.mark.skipif(sys.platform != "linux", reason="only there have threads priorities")
@pytest.mark.parametrize("priority", Priority)
def test_a_thread_waits_as_long_as_its_priority_says_and_so_do_those_it_starts(
    priority: Priority,
) -> None:
    def level() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def levels() -> tuple[int, int]:
        inherited: list[int] = []
        started = threading.Thread(target=lambda: inherited.append(level()))
        started.start()
        started.join()
        return level(), inherited[0]

    async def scenario() -> tuple[int, int]:
        worker = Worker("engine", priority=priority)
        try:
            return await worker.run(levels)
        finally:
            worker.close()

    ours = level()
    wanted = min(ours + priority, 19)
    assert run(scenario()) == (wanted, wanted)
    assert level() == ours, "the loop keeps its own"
