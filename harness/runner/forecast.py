"""Say what a run would send and cost, before anything is spent."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from harness import registry
from harness.runner.scoring import scoring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.records import Call, Case
    from harness.runner.plan import Plan

__all__ = ["forecast"]


def forecast(plan: Plan) -> dict[str, Call]:
    """Return, for each candidate and judge, the sum of its calls: `attempts` counts the requests.

    A component tells by a method `forecast(question) -> tuple[Call, ...]`; one without asks no endpoint and is left
    out. Tokens are estimates, and cost is None where the price is unknown.
    """
    found: dict[str, Call] = {}
    own = scoring(plan.detector, plan.scorers, endpoints=plan.endpoints)
    judges: list[tuple[str, Any]] = [(registry.written(plan.detector), own.detector)]
    judges += [(registry.written(spec), scorer) for spec, scorer in zip(plan.scorers, own.scorers, strict=True)]
    for candidate in plan.candidates:
        answerer: Any = registry.build("answerers", candidate.spec, case_of=_no_case, endpoints=plan.endpoints)
        for job in plan.jobs(candidate):
            for name, component in [(candidate.name, answerer), *judges]:
                if hasattr(component, "forecast"):
                    _add(found, name, component.forecast(job.case.question))
    return found


def _add(found: dict[str, Call], name: str, calls: Iterable[Call]) -> None:
    for call in calls:
        before = found.get(name)
        if before is None:
            found[name] = call
            continue
        costs = (before.cost, call.cost)
        found[name] = dataclasses.replace(
            before,
            prompt_tokens=(before.prompt_tokens or 0) + (call.prompt_tokens or 0),
            completion_tokens=(before.completion_tokens or 0) + (call.completion_tokens or 0),
            cost=None if None in costs else sum(cost for cost in costs if cost is not None),
            attempts=before.attempts + call.attempts,
        )


def _no_case(question_id: str) -> Case:
    raise KeyError(question_id)
