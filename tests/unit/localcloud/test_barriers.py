import asyncio

from localcloud.engine.barriers import Barriers


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_all_tasks_must_arrive_or_have_left() -> None:
    async def scene() -> None:
        barriers = Barriers(3)
        first = asyncio.create_task(barriers.arrive(1, 0))
        second = asyncio.create_task(barriers.arrive(1, 1))
        await settle()
        assert not first.done()
        barriers.leave(2)
        await asyncio.wait_for(asyncio.gather(first, second), 5)

    asyncio.run(scene())


def test_barriers_of_different_steps_are_apart() -> None:
    async def scene() -> None:
        barriers = Barriers(2)
        first = asyncio.create_task(barriers.arrive(1, 0))
        other = asyncio.create_task(barriers.arrive(3, 1))
        await settle()
        assert not first.done()
        assert not other.done()
        await asyncio.wait_for(barriers.arrive(1, 1), 5)
        await asyncio.wait_for(first, 5)
        other.cancel()

    asyncio.run(scene())
