"""Say what will be asked, before anything is spent: candidates, their headers and their jobs."""

from __future__ import annotations

import dataclasses
import platform
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness import registry, store
from harness.chat import Endpoints
from harness.encoding import digest
from harness.errors import SpecError, UsageError
from harness.records import Header, Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.cases import CaseSet
    from harness.protocols import Scorer
    from harness.records import Case, Metric

__all__ = ["Candidate", "Job", "Options", "Plan", "plan"]

BASELINES: Final = ("refuse", "echo", "oracle")
_PACKAGES: Final = ("openai", "rapidfuzz", "sentencex", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run: `concurrency` in flight for each candidate; `limit` takes the head of the seeded order of cases.

    `workers` processes score (None: as many as there are cores where that pays, 0: none, scoring runs on the loop).
    """

    trials: int = 1
    concurrency: int = 8
    limit: int | None = None
    seed: int = 0
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One trial of one case."""

    case: Case
    trial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One run file to be: the spec that is built, the header that is written, the file's stem.

    `keys` are the (case id, trial) pairs of a run that is scored again; None elsewhere.
    """

    spec: Spec
    header: Header
    slug: str
    keys: frozenset[tuple[str, int]] | None = None

    @property
    def name(self) -> str:
        """The name in every report."""
        return self.header.candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that will be asked."""

    cases: CaseSet
    candidates: tuple[Candidate, ...]
    detector: Spec
    scorers: tuple[Spec, ...]
    options: Options
    endpoints: Endpoints

    def ordered(self) -> Iterator[Case]:
        """Yield the cases in the order in which every candidate is asked."""
        return islice(self.cases.ordered(self.options.seed), self.options.limit)

    def recorded(self) -> Counter[str]:
        """Count the recorded answers by model in the cases that are asked."""
        if self.options.limit is None:
            return self.cases.models()
        return Counter(answer.model for case in self.ordered() for answer in case.answers)

    def jobs(self, candidate: Candidate, drawn: Callable[[Case], None] = lambda _: None) -> Iterator[Job]:
        """Yield what the candidate is asked; a stopped run stays paired with the others. `drawn` sees every case."""
        for case in self.ordered():
            drawn(case)
            for trial in range(_trials(candidate, case, self.options.trials)):
                if candidate.keys is None or (case.id, trial) in candidate.keys:
                    yield Job(case, trial)


def plan(
    cases: CaseSet,
    answerers: Sequence[Spec],
    *,
    detector: Spec,
    scorers: Sequence[Spec],
    options: Options | None = None,
    names: Mapping[str, str] | None = None,
    endpoints: Endpoints | None = None,
) -> Plan:
    """Build every component once, so that every mistake is said now, and count what each candidate will be asked.

    `names` maps a spec in its written form to the name that the user gave it. `endpoints` is what everything that asks
    an endpoint shares.

    Raises:
        UsageError: no candidate, an unknown component or option, or a recorded file that does not fit.
    """
    options = options or Options()
    if not answerers:
        msg = "no candidate. Name one with -a, e.g. -a recorded or -a openai:MODEL, or in [tool.harness]."
        raise UsageError(msg)
    endpoints = endpoints or Endpoints()
    finder = registry.build("detectors", detector, endpoints=endpoints)
    built: list[Scorer] = [registry.build("scorers", spec, endpoints=endpoints) for spec in scorers]
    shared = Header(
        candidate="",
        answerer=Spec(name=""),
        detector=detector,
        scorers=tuple(scorers),
        metrics=_metrics(built),
        cases_digest=cases.digest,
        cases=min(len(cases), options.limit or len(cases)),
        planned=0,
        suites=tuple(suite.name for suite in cases.suites),
        trials=options.trials,
        seed=options.seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=_versions(finder),
        detector_digest=getattr(finder, "fingerprint", None),
    )
    found = Plan(
        cases=cases, candidates=(), detector=detector, scorers=tuple(scorers), options=options, endpoints=endpoints
    )
    candidates = [c for spec in answerers for c in _candidates(found, spec, shared, names or {})]
    if not candidates:
        msg = "no case has a recorded answer. Add `answers` to the cases, or name another candidate with -a."
        raise UsageError(msg)
    return dataclasses.replace(found, candidates=_distinct(candidates))


def _metrics(scorers: Sequence[Scorer]) -> tuple[Metric, ...]:
    found: dict[str, Metric] = {}
    for metric in (metric for scorer in scorers for metric in scorer.metrics):
        if metric.name in found:
            msg = f"two scorers give the metric {metric.name!r}. Name each scorer once."
            raise SpecError(msg)
        found[metric.name] = metric
    return tuple(found.values())


def _versions(detector: object) -> dict[str, str]:
    """Return the versions that figures depend on; a detector may say its own, by an attribute `version`."""
    found = {"python": platform.python_version()}
    if own := getattr(detector, "version", None):
        found["detector"] = str(own)
    for package in ("faithful-harness", *_PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _candidates(found: Plan, spec: Spec, shared: Header, names: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the candidates that a spec stands for: `recorded` stands for one a model."""
    given = names.get(registry.written(spec))
    if spec.name != "recorded":
        header = dataclasses.replace(shared, answerer=spec, baseline=spec.name in BASELINES)
        name = given or (spec.target if spec.target is not None else spec.name)
        yield _candidate(found, spec, dataclasses.replace(header, candidate=name))
    elif spec.target is None:
        models = found.recorded()
        wanted = spec.options.get("model")
        for model in sorted(models) if wanted is None else [str(wanted)]:
            own = Spec(name="recorded", options={"model": model})
            header = dataclasses.replace(shared, answerer=own, candidate=model)
            yield _candidate(found, own, header, planned=models[model])
    else:
        yield _rescored(found, spec, shared, given)


def _rescored(found: Plan, spec: Spec, shared: Header, given: str | None) -> Candidate:
    """A file of answers; an earlier run keeps its candidate's name, spec and trials."""
    path = Path(spec.target or "")
    if not path.is_file():
        msg = f"{registry.written(spec)!r}: there is no file {str(path)!r}. Name a JSONL file of answers or a run file."
        raise SpecError(msg)
    header = dataclasses.replace(shared, answerer=spec, candidate=given or path.stem, source=store.file_digest(path))
    keys: frozenset[tuple[str, int]] | None = None
    if store.is_run(path):
        source = store.read(path)
        header = dataclasses.replace(
            header,
            candidate=given or source.header.candidate,
            answerer=source.header.answerer,
            prompt=source.header.prompt,
            prompt_digest=source.header.prompt_digest,
            trials=source.header.trials,
            baseline=source.header.baseline,
        )
        keys = frozenset((record.case_id, record.trial) for record in source.records)
    return _candidate(found, spec, header, keys=keys)


def _candidate(
    found: Plan,
    spec: Spec,
    header: Header,
    *,
    keys: frozenset[tuple[str, int]] | None = None,
    planned: int | None = None,
) -> Candidate:
    """Build the answerer once to see that it can be built, and count its jobs where that is not known yet."""
    built = registry.build("answerers", spec, case_of=_no_case, endpoints=found.endpoints)
    header = (
        dataclasses.replace(
            header, prompt=getattr(built, "prompt_name", None), prompt_digest=getattr(built, "prompt_digest", None)
        )
        if header.prompt is None
        else header
    )
    candidate = Candidate(spec=spec, header=header, slug="", keys=keys)
    if planned is None:
        planned = header.cases * header.trials if keys is None else sum(1 for _ in found.jobs(candidate))
    if keys is not None and planned == 0:
        msg = f"{registry.written(spec)!r}: none of its cases is among those named. Name the suites it was run on."
        raise SpecError(msg)
    return dataclasses.replace(candidate, header=dataclasses.replace(header, planned=planned))


def _no_case(question_id: str) -> Case:
    raise KeyError(question_id)


def _trials(candidate: Candidate, case: Case, trials: int) -> int:
    """Return how often a candidate is asked a case: a recorded model as often as it answered."""
    if candidate.keys is not None:
        return candidate.header.trials
    if candidate.spec.name == "recorded" and candidate.spec.target is None:
        return sum(answer.model == candidate.spec.options["model"] for answer in case.answers)
    return trials


def _distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Give every candidate a file name, and a name, of its own: digits of the spec's digest where needed."""
    slugs = Counter(_slug(c.name) for c in candidates)
    names = Counter(c.name for c in candidates)
    out: list[Candidate] = []
    for candidate in candidates:
        digits = digest([candidate.spec, candidate.header.answerer, candidate.header.source])[:6]
        slug = _slug(candidate.name)
        slug = slug if slugs[slug] == 1 else f"{slug}-{digits}"
        name = candidate.name if names[candidate.name] == 1 else f"{candidate.name} ({digits})"
        out.append(
            dataclasses.replace(candidate, slug=slug, header=dataclasses.replace(candidate.header, candidate=name))
        )
    twice = [slug for slug, count in Counter(c.slug for c in out).items() if count > 1]
    if twice:
        msg = f"the candidate {twice[0]!r} is named twice. Name it once; repeated trials are asked for with --trials."
        raise UsageError(msg)
    return tuple(out)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "candidate"
