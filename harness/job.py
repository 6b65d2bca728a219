"""The main job, which the command line, the plug-in and notebooks share: plan, ask, score, summarise, report."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import threading
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness import cases as case_files
from harness import gate, report, store
from harness.endpoints import endpoints_for
from harness.records import Spec
from harness.runner import Options, failed_candidates, plan, stream
from harness.runner.folder import CASES_FILE, default_folder, prepare
from harness.runner.plan import BASELINES
from harness.studies import baselines, labelling
from harness.summary import judging_notes
from harness.summary import looks as looks_at

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from harness.cases import CaseSet
    from harness.gate import Rules
    from harness.records import Case
    from harness.runner import Event, Plan
    from harness.settings import Settings
    from harness.summary import Comparison, Summary

__all__ = [
    "How",
    "Outcome",
    "against_baseline",
    "also",
    "execute",
    "finish",
    "in_thread",
    "looks",
    "planned",
    "prepared",
    "shown_cases",
]

log = logging.getLogger("harness")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the main job came to: who was refused, broke down too often, or was stopped by a budget, in words."""

    folder: Path
    summary: Summary
    refused: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that kept the run from being whole, a sentence each."""
        return (*self.refused, *self.broken, *self.stopped)

    @property
    def exit_code(self) -> int:
        """2 if an endpoint refused a candidate, else 3 if too much broke down, else 4 if a budget was spent, else 0."""
        return 2 if self.refused else 3 if self.broken else 4 if self.stopped else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How to treat a run that is in the folder already, and by which way to ask."""

    resume: bool = False
    overwrite: bool = False
    retry_failures: bool = False
    batch: bool = False


def planned(
    chosen: Settings,
    *,
    cases: CaseSet | None = None,
    tags: Sequence[str] = (),
    baselines: bool = False,
    folder: Path | None = None,
) -> Plan:
    """Load the cases that the settings name and say what will be asked; nothing is spent."""
    answerers = chosen.answerers
    if baselines:
        answerers += tuple(Spec(name=name) for name in BASELINES if name not in {spec.name for spec in answerers})
    return plan(
        case_files.load(chosen.paths, tags=tuple(tags)) if cases is None else cases,
        answerers,
        detector=chosen.detector,
        scorers=chosen.scorers,
        options=Options(
            trials=chosen.trials,
            concurrency=chosen.concurrency,
            limit=chosen.limit,
            seed=chosen.seed,
            workers=chosen.workers,
        ),
        names=chosen.names,
        endpoints=endpoints_for(chosen, folder),
    )


def prepared(chosen: Settings, *, tags: Sequence[str] = (), baselines: bool = False) -> tuple[Path, Plan]:
    """Return the run's folder, which is not made yet, and what will be asked."""
    cases = case_files.load(chosen.paths, tags=tuple(tags))
    folder = Path(chosen.output) if chosen.output else default_folder(cases, Path.cwd())
    return folder, planned(chosen, cases=cases, baselines=baselines, folder=folder)


def execute(
    asked: Plan,
    chosen: Settings,
    *,
    folder: Path,
    how: How | None = None,
    watch: Callable[[Event], None] = lambda _: None,
) -> Outcome:
    """Run the plan into a folder, summarise it and write the reports: the main job.

    Raises:
        RunFolderError: the folder holds another run.
        UsageError: a mistake that shows only while asking.
    """
    how = how or How()
    prepare(asked, folder, resume=how.resume, overwrite=how.overwrite)
    with report.Reading(folder, redact=chosen.redact) as reading:
        seen = _Seen(None if any(folder.glob("*.jsonl")) else reading)
        if seen.reading is not None:
            reading.begin({candidate.slug: candidate.header for candidate in asked.candidates})

        async def work() -> None:
            running = stream(asked, folder=folder, retry_failures=how.retry_failures, batch=how.batch)
            async with aclosing(running) as events:
                async for event in events:
                    seen.see(event)
                    watch(event)

        in_thread(work())
        summary = finish(folder, chosen, reading)
    shares = {c.name: (c.failed, c.planned) for c in summary.candidates}
    return Outcome(
        folder=folder,
        summary=summary,
        refused=tuple(seen.refused),
        stopped=tuple(seen.stopped),
        broken=failed_candidates(shares, chosen.max_failures, seen.first),
    )


@dataclass(slots=True)
class _Seen:
    """What the events of a run told; `reading` is None where the folder has records that no event brings."""

    reading: report.Reading | None
    refused: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    first: dict[str, str] = field(default_factory=dict)
    """How each candidate broke down first."""

    def see(self, event: Event) -> None:
        name = event.candidate.name
        if event.ended is not None:
            why = self.stopped if event.stopped else self.refused
            why.append(f"{name!r} was asked no further: {event.ended}")
        if event.entry is None:
            return
        record = event.entry.record
        if record.failures:
            self.first.setdefault(name, record.failures[0].message)
        if self.reading is not None:
            self.reading.add(event.candidate.slug, record, len(event.entry.line))


def finish(folder: Path, chosen: Settings | None = None, reading: report.Reading | None = None) -> Summary:
    """Summarise a folder's run files and (re)write its reports and `summary.json`.

    `reading` has looked at the records already, while they came.
    """
    redact = chosen is not None and chosen.redact
    with reading or report.Reading(folder, redact=redact) as read:
        runs = read.runs()
        suites = runs[0].header.suites
        title = ", ".join(suites) if len(suites) <= 3 else f"{len(suites)} suites"  # noqa: PLR2004 - reads well up to three
        summary = read.summary(title=title)
        cases = shown_cases(folder, summary)
        summary = _with_trust(folder, summary, cases)
        store.write_json(folder / "summary.json", summary)
        shown = {name: report.redacted_case(case) for name, case in cases.items()} if redact else cases
        report.write(folder, summary, shown, runs, read.tests)
    return summary


def _with_trust(folder: Path, summary: Summary, cases: Mapping[str, Case]) -> Summary:
    """Add what human labels say of the detector's verdicts, and whose rates are a judge's own."""
    trust = labelling.trusted(folder, cases)
    candidates = tuple(dataclasses.replace(one, trust=trust.get(one.name)) for one in summary.candidates)
    models = {one.name: (one.header.model,) if one.header.model else () for one in candidates}
    notes = [note for one in candidates for note in judging_notes(one.header, models[one.name], one.trust)]
    return dataclasses.replace(summary, candidates=candidates, notes=(*summary.notes, *notes))


def shown_cases(folder: Path, summary: Summary, *, redact: bool = False, worst: int | None = None) -> dict[str, Case]:
    """Return the cases whose text a report shows, by id; of large runs only those with findings and disagreements.

    With `worst`, only those of the so many worst findings.
    """
    keys = report.shown_keys(summary)
    wanted = None if keys is None else {case_id for _, case_id, _ in keys}
    if worst is not None:
        wanted = {finding.case_id for finding in summary.findings[:worst]}
    found = store.read_cases(folder / CASES_FILE, wanted)
    return {case_id: report.redacted_case(case) for case_id, case in found.items()} if redact else found


def also(folder: Path, summary: Summary, forms: Sequence[str], *, redact: bool = False) -> tuple[str, ...]:
    """Write further forms of a run's report and return, in words, what was written.

    `sarif`, `csv` and `parquet` become files of the folder, `annotations` lines to print, and `step-summary` is added
    to the file that GitHub names.
    """
    runs = {path: store.read(path) for path in store.run_paths(folder)}
    if redact:
        runs = {path: report.redacted_run(run) for path, run in runs.items()}
    return tuple(report.also(folder, summary, shown_cases(folder, summary, redact=redact), runs, forms))


def against_baseline(rules: Rules, folder: Path, baseline: Path | None = None) -> dict[str, Comparison] | None:
    """Compare a folder's runs with the baseline, scored again where the detector has changed.

    None where no rule speaks of a baseline, or none is named.

    Raises:
        GateError: the runs can't be held against the baseline.
    """
    named = baseline or (Path(rules.baseline) if rules.baseline is not None else None)
    if named is None or all(rule.against is None for rule in rules.rules):
        return None
    runs = store.read_folder(folder)
    stored, notes = in_thread(baselines.ready(named, runs))
    for note in notes:
        log.warning("%s", note)
    return gate.against_baseline(rules, runs, stored)


def looks(rules: Rules, folder: Path, where: Path, baseline: Path | None = None) -> dict[str, int]:
    """Return, for each candidate, how often its baseline has been looked at, tonight included: the runs in `where`.

    Raises:
        RunFolderError: `where` is neither a folder of runs nor an index of them.
    """
    named = baseline or (Path(rules.baseline) if rules.baseline is not None else None)
    stored = store.read_folder(named) if named is not None else ()
    return {
        run.header.candidate: looks_at(where, run.header, gate.baseline_of(run, stored).header)
        for run in (store.read_folder(folder) if stored else ())
        if any(rule.against is not None and rule.candidate in {None, run.header.candidate} for rule in rules.rules)
    }


def in_thread(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end on an event loop of its own, in a thread of its own; an interrupt cancels it."""
    outcome: list[T] = []
    errors: list[BaseException] = []
    loop = asyncio.new_event_loop()

    def body() -> None:
        asyncio.set_event_loop(loop)
        try:
            outcome.append(loop.run_until_complete(task))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            errors.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    task = loop.create_task(work)
    thread = threading.Thread(target=body, name="harness-loop", daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if errors:
        raise errors[0]
    return outcome[0]
