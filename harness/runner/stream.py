"""Run all candidates at once, one stream each, and put every record on disk as it comes.

Asking and scoring are two stages: an answer that is received is on disk before it is scored, and asking runs ahead of
scoring by at most `AHEAD` answers.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from harness import registry
from harness.errors import BudgetExceededError, EndpointRefusedError
from harness.records import Spec
from harness.runner.asking import Asking, answered, ask
from harness.runner.batches import Batches
from harness.runner.folder import AsAsked
from harness.runner.pool import Pool
from harness.runner.scoring import Asked, Scoring, asks, score, scoring
from harness.store import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from harness.protocols import Engine
    from harness.records import Answer, Record
    from harness.runner.plan import Candidate, Job, Plan

__all__ = ["AHEAD", "Event", "failed_candidates", "stream"]

AHEAD: Final = 2048
"""How many answers asking may be ahead of scoring, for each candidate."""
_WORTH_A_POOL: Final = 200
"""From so many answers on, processes that score pay for their start."""

A = TypeVar("A")
B = TypeVar("B")
Score: TypeAlias = "Callable[[Asked], Awaitable[Entry]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to a candidate: a record, or (`ended`) the sentence that says why it was asked no further.

    `stopped` says that a budget ended it: what is missing can be asked for with --resume.
    """

    candidate: Candidate
    entry: Entry | None = None
    ended: str | None = None
    stopped: bool = False

    @property
    def record(self) -> Record | None:
        """The record, if this is the event of one."""
        return self.entry.record if self.entry is not None else None


@dataclass(slots=True, kw_only=True)
class _Stream:
    """One candidate on its way."""

    plan: Plan
    asking: Asking
    score: Score
    journal: Journal | None
    batches: Batches | None
    stopped: str | None = None
    cases: AsAsked | None = None
    """Where the cases that it draws are written, if it is the one to do that."""

    async def batched(self, *, submit: bool) -> bool:
        """Collect what was submitted before, or submit what is owed; True if there is now nothing to do but wait."""
        if self.batches is None or self.journal is None:
            return False
        if self.batches.open:
            if await self.batches.collect():
                return False
            self.stopped = "its batch is pending at the vendor; collect it later with --resume"
        elif submit:
            owed = (job for job in self.jobs(None) if self.journal.owes(job.case.id, job.trial))
            count = await self.batches.submit(owed)
            if count:
                self.stopped = f"{count} requests were submitted as a batch; collect them later with --resume"
        return self.stopped is not None

    def jobs(self, cases: AsAsked | None) -> Iterator[Job]:
        """Yield what has no record yet, until a budget is spent."""
        done = self.journal.done if self.journal else frozenset()
        budget = self.asking.endpoints.budget
        for job in self.plan.jobs(self.asking.candidate, cases.drawn if cases else lambda _: None):
            if (job.case.id, job.trial) in done:
                continue
            if budget.max_time is not None and time.monotonic() - budget.began >= budget.max_time:
                self.stopped = self.stopped or budget.spent()
            if self.stopped:
                return
            yield job

    async def asked(self, job: Job) -> Asked | None:
        """Return the answer; one that was paid for earlier is not asked again. None if the budget is spent."""
        waiting = self.journal.waiting(job.case.id, job.trial) if self.journal else None
        if waiting is not None:
            return answered(job, waiting)
        came = self.batches.found.pop((job.case.id, job.trial), None) if self.batches else None
        replayed = self.asking.candidate.spec.name == "recorded"  # nothing was paid for it, and it is on disk already
        bought = partial(_journalled, self.journal) if self.journal and not replayed else None
        try:
            return await ask(job, self.asking, bought=bought, came=came)
        except BudgetExceededError as error:
            self.stopped = self.stopped or str(error)
            return None

    async def scored(self, asked: Asked) -> Entry | None:
        """Return the record; None if a judge's budget is spent, so that the answer waits for --resume."""
        try:
            return await self.score(asked)
        except BudgetExceededError as error:
            self.stopped = self.stopped or str(error)
            return None


async def stream(
    plan: Plan,
    *,
    folder: Path | None = None,
    retry_failures: bool = False,
    batch: bool = False,
) -> AsyncGenerator[Event]:
    """Yield the events of all candidates as they come; with a folder, run files are written and continued.

    With `retry_failures`, what broke down in an earlier run of the folder is tried again. With `batch`, candidates that
    have a vendor's batch endpoint are submitted there, and collected by a later call.

    Raises:
        UsageError: a mistake that shows only while asking; other candidates are stopped, nothing is lost.
    """
    endpoints = plan.endpoints
    planned = sum(candidate.header.planned for candidate in plan.candidates)
    pool, own = None, scoring(plan.detector, plan.scorers, endpoints=endpoints)
    workers = plan.options.workers
    if workers is None:
        heavy = own.detects and not asks(plan.detector, plan.scorers) and planned >= _WORTH_A_POOL
        workers = _cores() if heavy else 0
    if workers:
        pool = Pool(detector=plan.detector, scorers=plan.scorers, size=workers)
        pool.start()
    scorer: Score = pool.score if pool else partial(_scored_here, own)
    events: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=64)
    streams = [_opened(plan, candidate, folder, scorer, retry_failures) for candidate in plan.candidates]
    cases = streams[0].cases = AsAsked(plan, folder) if folder else None
    tasks = [asyncio.create_task(_feed(one, events, submit=batch)) for one in streams]
    try:
        still_open = len(tasks)
        while still_open:
            event = await events.get()
            if event is None:
                still_open -= 1
                _raise_first(tasks)
            else:
                yield event
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if pool:
            await pool.aclose()
        await own.aclose()
        endpoints.close()
        if cases:
            cases.close()


def _opened(plan: Plan, candidate: Candidate, folder: Path | None, scorer: Score, retry_failures: bool) -> _Stream:  # noqa: FBT001 - passed on
    asking = Asking(candidate=candidate, endpoints=plan.endpoints)
    if folder is None:
        return _Stream(plan=plan, asking=asking, score=scorer, journal=None, batches=None)
    return _Stream(
        plan=plan,
        asking=asking,
        score=scorer,
        journal=Journal(folder, candidate.slug, candidate.header, retry_failures=retry_failures),
        batches=Batches(folder / f"{candidate.slug}.batch.json", asking),
    )


async def _scored_here(own: Scoring, asked: Asked) -> Entry:
    return Entry(await score(asked, own))


def _cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return max(1, len(allowed(0)) if allowed else os.cpu_count() or 1)


def _raise_first(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _feed(one: _Stream, events: asyncio.Queue[Event | None], *, submit: bool) -> None:
    candidate = one.asking.candidate
    try:
        async with aclosing(_records(one, submit=submit)) as records:
            async for entry in records:
                await events.put(Event(candidate=candidate, entry=entry))
        if one.stopped:
            await events.put(Event(candidate=candidate, ended=one.stopped, stopped=True))
    except EndpointRefusedError as error:
        await events.put(Event(candidate=candidate, ended=str(error)))
    finally:
        await events.put(None)


async def _records(one: _Stream, *, submit: bool) -> AsyncGenerator[Entry]:
    """Ask one candidate what has no record yet, score it and keep it."""
    journal, candidate = one.journal, one.asking.candidate
    left = candidate.header.planned - (len(journal.done) if journal else 0)
    engine: Engine = registry.build(
        "engines", Spec(name="local", options={"concurrency": one.plan.options.concurrency})
    )
    try:
        if await one.batched(submit=submit):
            return
        async with (
            aclosing(engine.map(one.asked, one.jobs(one.cases))) as asked,  # type: ignore[type-var]  # engines are generators
            aclosing(_staged(asked, one.scored)) as records,
        ):
            async for entry in records:
                if journal:
                    journal.add(entry)
                left -= 1
                yield entry
        if one.batches and left == 0:
            one.batches.close()
    finally:
        if journal:
            journal.close(finished=left == 0)
        await one.asking.aclose()


async def _staged(source: AsyncIterator[A | None], work: Callable[[A], Awaitable[B | None]]) -> AsyncGenerator[B]:
    """Apply `work` to what comes, at most `AHEAD` at once; what has come is finished before an error is raised."""
    finished: asyncio.Queue[asyncio.Future[B | None] | None] = asyncio.Queue()
    running: set[asyncio.Future[B | None]] = set()
    room = asyncio.Semaphore(AHEAD)

    async def feed() -> None:
        try:
            async for item in source:
                if item is not None:
                    await room.acquire()
                    task = asyncio.ensure_future(work(item))
                    running.add(task)
                    task.add_done_callback(finished.put_nowait)
        finally:
            finished.put_nowait(None)

    feeding = asyncio.create_task(feed())
    fed = False
    try:
        while running or not fed:
            task = await finished.get()
            if task is None:
                fed = True
                continue
            running.discard(task)
            room.release()
            result = task.result()
            if result is not None:
                yield result
        await feeding
    finally:
        feeding.cancel()
        for task in running:
            task.cancel()
        await asyncio.gather(feeding, *running, return_exceptions=True)


def _journalled(journal: Journal, job: Job, answer: Answer) -> None:
    journal.paid(job.case.id, job.trial, answer)


def failed_candidates(
    shares: Mapping[str, tuple[int, int]], max_failures: float, first: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return, in words, the candidates of whose (failed, planned) answers more than `max_failures` broke down.

    `first` is how a candidate's first answer broke down, where that is known.

    >>> failed_candidates({"a": (1, 10), "b": (0, 10)}, 0.05, {"a": "connection failed"})
    ("'a': 1 of 10 broke down, more than 5%; the first: connection failed",)
    """
    why = {name: f"; the first: {message}" for name, message in (first or {}).items()}
    return tuple(
        f"{name!r}: {failed} of {planned} broke down, more than {max_failures:.0%}{why.get(name, '')}"
        for name, (failed, planned) in shares.items()
        if planned and failed / planned > max_failures
    )
