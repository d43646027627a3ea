import asyncio
from threading import Thread

from sensors.entities import Discovery
from sensors.events import Reading
from sensors.inbox import Batch, Inbox
from tests.clock import run
from tests.sensors.test_house import reading
from tests.waiting import eventually

PATIENT = 60.0


def test_takes_everything_that_arrived_in_order() -> None:
    inbox = Inbox(10, PATIENT)
    first, second = reading("a/state", "on"), reading("b/state", "on")
    announced = Discovery("homeassistant/light/a/config")
    inbox.put([first])
    inbox.put([second], [announced])
    assert run(inbox.take()) == Batch([announced], [first, second])


def test_a_writer_without_room_waits_and_nothing_is_lost() -> None:
    inbox = Inbox(2, PATIENT)
    batches = [[reading("a/value", float(n)), reading("b/value", float(n))] for n in range(5)]

    def write() -> None:
        for batch in batches:
            inbox.put(batch)

    async def main() -> list[Reading]:
        writer = Thread(target=write)
        writer.start()
        taken: list[Reading] = []
        while len(taken) < 10:
            batch = await inbox.take()
            assert len(batch) <= 3, "no room for a second batch, whatever the size of the first"
            taken += batch.readings
        writer.join()
        return taken

    assert asyncio.run(main()) == [one for batch in batches for one in batch]
    assert inbox.dropped == 0


def test_a_writer_that_waited_in_vain_drops_the_oldest_and_counts() -> None:
    inbox = Inbox(2, patience=0.0)
    announced = Discovery("homeassistant/light/a/config")
    inbox.put([], [announced])
    for n in range(5):
        inbox.put([reading("a/value", float(n))])
    assert run(inbox.take()) == Batch([announced], [reading("a/value", 4.0)])
    assert inbox.dropped == 4


def test_what_comes_while_closing_is_kept_without_waiting() -> None:
    inbox = Inbox(1, PATIENT)
    batch = [reading("a/value", float(n)) for n in range(3)]

    def write() -> None:
        for one in batch:
            inbox.put([one])

    writer = Thread(target=write)
    writer.start()
    eventually(lambda: len(inbox._batch) == 1)
    inbox.close()
    writer.join(10)
    assert inbox.rest().readings == batch
    inbox.open()
    assert inbox.rest() == Batch()


def test_a_waiting_taker_is_woken_from_another_thread() -> None:
    inbox = Inbox(2, PATIENT)
    batch = [reading("a/state", "on")]

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writer = Thread(target=inbox.put, args=(batch,))
        writer.start()
        assert (await asyncio.wait_for(taking, 10)).readings == batch
        writer.join()

    asyncio.run(main())


def test_under_load_the_loop_is_woken_now_and_then_and_not_for_each_message() -> None:
    inbox = Inbox(1_000, PATIENT)

    async def main() -> int:
        taken = 0

        async def take() -> None:
            nonlocal taken
            while True:
                taken += bool(await inbox.take())

        taking = asyncio.create_task(take())
        for n in range(500):
            inbox.put([reading("a/value", float(n))])
            await asyncio.sleep(0.001)
        taking.cancel()
        await asyncio.wait([taking])
        return taken

    assert 40 <= run(main()) <= 51


def test_a_cancelled_taker_loses_nothing() -> None:
    inbox = Inbox(2, PATIENT)
    batch = [reading("a/state", "on")]

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
        inbox.put(batch)
        assert (await inbox.take()).readings == batch

    run(main())


def test_writing_after_the_loop_is_gone_is_harmless() -> None:
    inbox = Inbox(2, PATIENT)

    async def main() -> None:
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0)
        taking.cancel()

    run(main())
    inbox.put([reading("a/state", "on")])
