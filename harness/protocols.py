"""The verbs: one method each. Any class with the method will do; nothing of ours need be imported.

A component is built by `registry.build` from a `Spec`: its constructor takes `target` (if the spec has one) and its
options by keyword, annotated, so that the strings of a command line become what the annotation says. A component that
holds something open may have an `async aclose()`, which the runner calls once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from harness.records import Answer, Case, Detection, Metric, Question, Score

__all__ = ["Answerer", "Detector", "Engine", "Scorer"]

J = TypeVar("J")
R = TypeVar("R")


class Answerer(Protocol):
    """A candidate under test. It sees a `Question` and nothing else."""

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:
        """Answer the question.

        Raises:
            BreakdownError: this one answer broke down (time-out, lost connection, …).
            EndpointRefusedError: the endpoint refuses the candidate altogether.
        """
        ...


class Detector(Protocol):
    """Whatever finds unsupported text: lexical, judge, cascade."""

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Find the sentences and the unsupported spans of `text`; offsets are into `text`."""
        ...


class Scorer(Protocol):
    """One or several metrics over one answer."""

    needs_detection: bool
    """Whether `score` wants the detection; the runner detects at most once an answer."""

    metrics: tuple[Metric, ...]
    """What this scorer's numbers mean."""

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Score the answer: one `Score` a metric, with value None and a reason where it does not apply."""
        ...


class Engine(Protocol):
    """How jobs are spread: it knows nothing of evaluation."""

    def map(self, work: Callable[[J], Awaitable[R]], jobs: Iterable[J], /) -> AsyncIterator[R]:
        """Apply `work` to every job through a bounded queue and yield the results as they come."""
        ...
