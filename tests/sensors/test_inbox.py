import asyncio
from threading import Thread

from sensors.inbox import Inbox
from tests.clock import run
from tests.sensors.test_house import reading


def test_takes_everything_that_arrived_in_order() -> None:
    inbox = Inbox(10)
    first, second = reading("a/state", "on"), reading("b/state", "on")
    inbox.put([first])
    inbox.put([second])
    assert run(inbox.take()) == [first, second]


def test_drops_the_oldest_and_counts() -> None:
    inbox = Inbox(2)
    batches = [[reading("a/value", float(n)), reading("b/value", float(n))] for n in range(5)]
    for batch in batches:
        inbox.put(batch)
    assert run(inbox.take()) == batches[3] + batches[4]
    assert inbox.dropped == 6


def test_a_waiting_taker_is_woken_from_another_thread() -> None:
    inbox = Inbox(2)
    batch = [reading("a/state", "on")]

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        writer = Thread(target=inbox.put, args=(batch,))
        writer.start()
        assert await asyncio.wait_for(taking, 10) == batch
        writer.join()

    asyncio.run(main())


def test_a_cancelled_taker_loses_nothing() -> None:
    inbox = Inbox(2)
    batch = [reading("a/state", "on")]

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
        inbox.put(batch)
        assert await inbox.take() == batch

    run(main())


def test_writing_after_the_loop_is_gone_is_harmless() -> None:
    inbox = Inbox(2)

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        taking.cancel()

    run(main())
    inbox.put([reading("a/state", "on")])
