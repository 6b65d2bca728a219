"""Evaluate one job: ask, journal, detect once, score."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from harness import registry
from harness.errors import BreakdownError, UsageError
from harness.records import Answer, Failure, Record
from harness.text.scaffold import strip_scaffold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.protocols import Answerer, Detector, Scorer
    from harness.records import Call, Case, Detection, Score, Spec
    from harness.runner.plan import Candidate, Job, Plan

__all__ = ["Tools", "built", "evaluate", "tools"]

log = logging.getLogger("harness.runner")
Stage: TypeAlias = Literal["answer", "detect", "score"]
Bought: TypeAlias = "Callable[[Job, Answer], None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The components of one candidate, built. `in_flight` holds the cases being asked, by opaque question id."""

    candidate: Candidate
    detector: Detector
    scorers: tuple[Scorer, ...]
    in_flight: dict[str, Case] = field(default_factory=dict)
    answerers: dict[str | None, Answerer] = field(default_factory=dict)

    def answerer(self, prompt: str | None) -> Answerer:
        """Return the candidate, with the suite's prompt where the candidate has none of its own."""
        spec = self.candidate.spec
        if prompt is not None and ("prompt" in spec.options or not registry.accepts("answerers", spec, "prompt")):
            prompt = None
        if prompt not in self.answerers:
            if prompt is not None:
                spec = dataclasses.replace(spec, options={**spec.options, "prompt": prompt})
            self.answerers[prompt] = registry.build("answerers", spec, case_of=self.in_flight.__getitem__)
        return self.answerers[prompt]

    async def aclose(self) -> None:
        """Close whatever the components hold open."""
        for component in (*self.answerers.values(), self.detector, *self.scorers):
            closing: Any = getattr(component, "aclose", None)
            if closing is not None:
                await closing()


def built(detector: Spec, scorers: Sequence[Spec]) -> tuple[Detector, tuple[Scorer, ...]]:
    """Build what scores an answer."""
    return registry.build("detectors", detector), tuple(registry.build("scorers", spec) for spec in scorers)


def tools(plan: Plan, candidate: Candidate) -> Tools:
    """Build a candidate's components."""
    detector, scorers = built(plan.detector, plan.scorers)
    return Tools(candidate=candidate, detector=detector, scorers=scorers)


async def evaluate(job: Job, own: Tools, *, answer: Answer | None = None, bought: Bought | None = None) -> Record:
    """Return the record of one job; `answer` is one that was paid for earlier, `bought` journals a new one.

    Raises:
        UsageError: the candidate can't be asked at all (`EndpointRefusedError` among them).
    """
    case = job.case
    record = Record(
        case_id=case.id,
        trial=job.trial,
        group=case.group,
        tags=case.tags,
        answerable=case.answerable,
        location=case.location,
    )
    if answer is None:
        own.in_flight[case.question.id] = case
        try:
            said = await own.answerer(case.prompt).answer(case.question, trial=job.trial)
        except BreakdownError as error:
            failure = _failure("answer", own.candidate.name, error)
            return dataclasses.replace(record, failures=(failure,), calls=error.calls)
        except UsageError:
            raise
        except Exception as error:
            log.exception("the candidate %s broke down on %s", own.candidate.name, case.id)
            return dataclasses.replace(record, failures=(_failure("answer", own.candidate.name, error),))
        finally:
            own.in_flight.pop(case.question.id, None)
        answer = _unwrapped(said)
        if bought is not None:
            bought(job, answer)
    return await _scored(record, case, answer, own)


def _unwrapped(said: Answer) -> Answer:
    """Keep what was received in `raw` and strip the scaffold from `text`."""
    raw = said.raw or said.text
    stripped = strip_scaffold(raw)
    return dataclasses.replace(said, text=stripped.text, raw=raw, stripped=stripped.removed)


async def _scored(record: Record, case: Case, answer: Answer, own: Tools) -> Record:
    detection: Detection | None = None
    scores: list[Score] = []
    failures: list[Failure] = []
    calls: tuple[Call, ...] = answer.calls
    stage: Stage = "detect"
    component = own.candidate.header.detector.name
    steps: list[Scorer | None] = [*own.scorers]
    if any(scorer.needs_detection for scorer in own.scorers):
        steps.insert(0, None)  # the one detection, before all scorers
    for scorer in steps:
        try:
            if scorer is None:
                question = case.question
                if answer.passages is not None:
                    question = dataclasses.replace(question, passages=answer.passages)
                detection = await own.detector.detect(question, answer.text)
                calls += detection.calls
                continue
            stage, component = "score", scorer.metrics[0].name
            if scorer.needs_detection and detection is None:
                continue  # its failure stands in the record already
            scores.extend(await scorer.score(case, answer, detection))
        except BreakdownError as error:
            failures.append(_failure(stage, component, error))
            calls += error.calls
        except UsageError:
            raise
        except Exception as error:
            log.exception("%s broke down on %s", component, case.id)
            failures.append(_failure(stage, component, error))
    return dataclasses.replace(record, answer=answer, scores=tuple(scores), failures=tuple(failures), calls=calls)


def _failure(stage: Stage, component: str, error: Exception) -> Failure:
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
