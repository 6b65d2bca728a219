"""Score one answer: detect at most once, then every scorer. Runs on the loop, or in a process of the pool."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from harness import registry
from harness.errors import BreakdownError, BudgetExceededError, UsageError
from harness.records import Failure, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.protocols import Detector, Scorer
    from harness.records import Answer, Call, Case, Detection, Question, Score, Spec

__all__ = ["Asked", "Scoring", "asks", "failure", "score", "scoring"]

log = logging.getLogger("harness.runner")
Stage: TypeAlias = Literal["answer", "detect", "score"]


class Asked(NamedTuple):
    """A case and the record of what was answered, not scored yet; a record without an answer has nothing to score."""

    case: Case
    record: Record


@dataclass(frozen=True, slots=True)
class Scoring:
    """The components that score, built."""

    detector: Detector
    scorers: tuple[Scorer, ...]

    @property
    def detects(self) -> bool:
        """Whether any scorer wants the detection."""
        return any(scorer.needs_detection for scorer in self.scorers)

    async def aclose(self) -> None:
        """Close whatever the components hold open."""
        for component in (self.detector, *self.scorers):
            closing: Any = getattr(component, "aclose", None)
            if closing is not None:
                await closing()


def scoring(detector: Spec, scorers: Sequence[Spec], **given: object) -> Scoring:
    """Build what scores an answer."""
    return Scoring(
        registry.build("detectors", detector, **given),
        tuple(registry.build("scorers", spec, **given) for spec in scorers),
    )


def asks(detector: Spec, scorers: Sequence[Spec]) -> bool:
    """Say whether any of the components asks an endpoint: those are at home on the loop, not in a process apart."""
    return registry.accepts("detectors", detector, "endpoints") or any(
        registry.accepts("scorers", spec, "endpoints") for spec in scorers
    )


async def score(asked: Asked, own: Scoring) -> Record:
    """Return the record with its scores; what breaks down is a `Failure` in it.

    Raises:
        UsageError: a component can't be used at all.
        BudgetExceededError: a judge may spend nothing more, so the answer waits for its score.
    """
    case, record = asked
    answer = record.answer
    if answer is None:
        return record
    detection: Detection | None = None
    scores: list[Score] = []
    failures: list[Failure] = []
    calls: tuple[Call, ...] = record.calls
    stage: Stage = "detect"
    component = "detector"
    steps: list[Scorer | None] = [*own.scorers]
    if own.detects:
        steps.insert(0, None)  # the one detection, before all scorers
    for scorer in steps:
        try:
            if scorer is None:
                detection = await own.detector.detect(_question(case, answer), answer.text)
                calls += detection.calls
                continue
            stage, component = "score", scorer.metrics[0].name
            if scorer.needs_detection and detection is None:
                continue  # its failure stands in the record already
            for one in await scorer.score(case, answer, detection):
                scores.append(dataclasses.replace(one, calls=()) if one.calls else one)
                calls += one.calls
        except BreakdownError as error:
            failures.append(failure(stage, component, error))
            calls += error.calls
        except (UsageError, BudgetExceededError):
            raise
        except Exception as error:
            log.exception("%s broke down on %s", component, case.id)
            failures.append(failure(stage, component, error))
    return dataclasses.replace(record, scores=tuple(scores), failures=tuple(failures), calls=calls)


def _question(case: Case, answer: Answer) -> Question:
    if answer.passages is None:
        return case.question
    return dataclasses.replace(case.question, passages=answer.passages)


def failure(stage: Stage, component: str, error: Exception) -> Failure:
    """Return what is recorded of a breakdown."""
    if isinstance(error, BreakdownError):
        return Failure(
            stage=stage,
            component=component,
            code=error.code,
            message=str(error)[:2000],
            attempts=error.attempts,
            status=error.status,
        )
    message = f"{type(error).__name__}: {error}"[:2000]
    return Failure(stage=stage, component=component, code="internal", message=message)
