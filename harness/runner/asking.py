"""Ask one job of one candidate, and put what was paid for on disk."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from harness import registry
from harness.chat import Endpoints
from harness.errors import BreakdownError, BudgetExceededError, UsageError
from harness.records import Answer, Record
from harness.runner.scoring import Asked, failure
from harness.text.scaffold import strip_scaffold

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.protocols import Answerer
    from harness.records import Call, Case
    from harness.runner.plan import Candidate, Job

__all__ = ["Asking", "ask"]

log = logging.getLogger("harness.runner")
Bought: TypeAlias = "Callable[[Job, Answer], None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One candidate, ready to be asked. `in_flight` holds the cases being asked, by opaque question id."""

    candidate: Candidate
    endpoints: Endpoints = field(default_factory=Endpoints)
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
            self.answerers[prompt] = registry.build(
                "answerers", spec, case_of=self.in_flight.__getitem__, endpoints=self.endpoints
            )
        return self.answerers[prompt]

    async def aclose(self) -> None:
        """Close whatever the candidate holds open."""
        for answerer in self.answerers.values():
            closing: Any = getattr(answerer, "aclose", None)
            if closing is not None:
                await closing()


async def ask(
    job: Job, own: Asking, *, bought: Bought | None = None, came: Answer | BreakdownError | None = None
) -> Asked:
    """Return the answer of one job, or the record of how it broke down; `bought` journals an answer.

    `came` is what a batch brought: then nothing is asked.

    Raises:
        UsageError: the candidate can't be asked at all (`EndpointRefusedError` among them).
        BudgetExceededError: nothing may be spent any more.
    """
    case, name = job.case, own.candidate.name
    own.in_flight[case.question.id] = case
    try:
        said = await _said(job, own, came)
    except BreakdownError as error:
        return Asked(
            case, dataclasses.replace(blank(job), failures=(failure("answer", name, error),), calls=error.calls)
        )
    except (UsageError, BudgetExceededError):
        raise
    except Exception as error:
        log.exception("the candidate %s broke down on %s", name, case.id)
        return Asked(case, dataclasses.replace(blank(job), failures=(failure("answer", name, error),)))
    finally:
        own.in_flight.pop(case.question.id, None)
    answer = unwrapped(said)
    if bought is not None:
        bought(job, answer)
    return answered(job, answer)


async def _said(job: Job, own: Asking, came: Answer | BreakdownError | None) -> Answer:
    if isinstance(came, BreakdownError):
        raise came
    return came or await own.answerer(job.case.prompt).answer(job.case.question, trial=job.trial)


def blank(job: Job, answer: Answer | None = None, calls: tuple[Call, ...] = ()) -> Record:
    """Return the record of a job before anything came of it, or with its answer."""
    case = job.case
    return Record(
        case_id=case.id,
        trial=job.trial,
        group=case.group,
        tags=case.tags,
        answerable=case.answerable,
        location=case.location,
        answer=answer,
        calls=calls,
    )


def answered(job: Job, answer: Answer) -> Asked:
    """Return what an answer, new or paid for earlier, comes to before it is scored."""
    return Asked(job.case, blank(job, answer, answer.calls))


def unwrapped(said: Answer) -> Answer:
    """Keep what was received in `raw` and strip the scaffold from `text`."""
    raw = said.raw or said.text
    stripped = strip_scaffold(raw)
    return dataclasses.replace(said, text=stripped.text, raw=raw, stripped=stripped.removed)
