"""Run all candidates at once, one stream each, and put every record on disk as it comes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness import registry
from harness.errors import EndpointRefusedError
from harness.records import Spec
from harness.runner.work import evaluate, tools
from harness.store import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping
    from pathlib import Path

    from harness.protocols import Engine
    from harness.records import Answer, Record
    from harness.runner.plan import Candidate, Job, Plan

__all__ = ["Event", "failed_candidates", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to a candidate: a record, or (`ended`) the sentence that says why it was asked no further."""

    candidate: Candidate
    record: Record | None = None
    ended: str | None = None


async def stream(plan: Plan, *, folder: Path | None = None) -> AsyncGenerator[Event]:
    """Yield the events of all candidates as they come; with a folder, run files are written and continued.

    Raises:
        UsageError: a mistake that shows only while asking; other candidates are stopped, nothing is lost.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=64)
    tasks = [asyncio.create_task(_feed(plan, candidate, folder, events)) for candidate in plan.candidates]
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


def _raise_first(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _feed(plan: Plan, candidate: Candidate, folder: Path | None, events: asyncio.Queue[Event | None]) -> None:
    try:
        async with aclosing(_records(plan, candidate, folder)) as records:
            async for record in records:
                await events.put(Event(candidate=candidate, record=record))
    except EndpointRefusedError as error:
        await events.put(Event(candidate=candidate, ended=str(error)))
    finally:
        await events.put(None)


async def _records(plan: Plan, candidate: Candidate, folder: Path | None) -> AsyncGenerator[Record]:
    """Ask one candidate what has no record yet; an answer that was paid for and not scored is not asked again."""
    own = tools(plan, candidate)
    journal = Journal(folder, candidate.slug, candidate.header) if folder is not None else None
    left = candidate.header.planned - (len(journal.done) if journal else 0)
    engine: Engine = registry.build("engines", Spec(name="local", options={"concurrency": plan.options.concurrency}))

    async def work(job: Job) -> Record:
        waiting = journal.waiting(job.case.id, job.trial) if journal else None
        return await evaluate(job, own, answer=waiting, bought=partial(_journalled, journal) if journal else None)

    try:
        jobs = _left(plan.jobs(candidate), journal.done if journal else frozenset())
        async with aclosing(engine.map(work, jobs)) as records:  # type: ignore[type-var]  # engines are generators
            async for record in records:
                if journal:
                    journal.add(record)
                left -= 1
                yield record
    finally:
        if journal:
            journal.close(finished=left == 0)
        await own.aclose()


def _journalled(journal: Journal, job: Job, answer: Answer) -> None:
    journal.paid(job.case.id, job.trial, answer)


def _left(jobs: Iterator[Job], done: frozenset[tuple[str, int]]) -> Iterator[Job]:
    return (job for job in jobs if (job.case.id, job.trial) not in done)


def failed_candidates(shares: Mapping[str, tuple[int, int]], max_failures: float) -> tuple[str, ...]:
    """Return, in words, the candidates of whose (failed, planned) answers more than `max_failures` broke down.

    >>> failed_candidates({"a": (1, 10), "b": (0, 10)}, 0.05)
    ("'a': 1 of 10 broke down, more than 5%",)
    """
    return tuple(
        f"{name!r}: {failed} of {planned} broke down, more than {max_failures:.0%}"
        for name, (failed, planned) in shares.items()
        if planned and failed / planned > max_failures
    )
