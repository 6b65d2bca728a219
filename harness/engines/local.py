"""The local engine: a fixed number of jobs in flight on one event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

__all__ = ["Local"]

J = TypeVar("J")
R = TypeVar("R")


class Local:
    """Run up to `concurrency` jobs at once; a job is pulled only when a place is free."""

    def __init__(self, *, concurrency: int = 8) -> None:
        """Take how many jobs are in flight, at least one."""
        self.concurrency = max(1, concurrency)

    async def map(self, work: Callable[[J], Awaitable[R]], jobs: Iterable[J], /) -> AsyncIterator[R]:
        """Yield the results as they come; the first exception of a job ends the map and is raised."""
        pending = iter(jobs)
        running: set[asyncio.Future[R]] = set()
        finished: asyncio.Queue[asyncio.Future[R]] = asyncio.Queue()

        def start_next() -> bool:
            for job in pending:
                task = asyncio.ensure_future(work(job))
                running.add(task)
                task.add_done_callback(finished.put_nowait)
                return True
            return False

        try:
            while len(running) < self.concurrency and start_next():
                pass
            while running:
                task = await finished.get()
                running.discard(task)
                result = task.result()
                start_next()
                yield result
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
