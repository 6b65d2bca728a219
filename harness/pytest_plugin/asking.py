"""What a test session asks: once, all at once, by one process at a time, and onto disk as it comes."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections import defaultdict
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from harness import gate, job, settings, store
from harness.cases import CaseSet, Suite
from harness.encoding import digest
from harness.errors import HarnessError
from harness.records import Spec
from harness.registry import accepts, written
from harness.runner import stream
from harness.runner.folder import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.gate import Rules
    from harness.records import Case, Metric, Record
    from harness.runner import Candidate, Plan
    from harness.settings import Settings
    from harness.summary import Comparison, Summary

__all__ = ["Asking", "Contender", "conclude", "settings_of", "unasked"]

BUILT_IN: Final = frozenset({"recorded", "extractive", "refuse", "echo", "oracle"})
"""The candidates that ask nobody."""
_YARDSTICKS: Final = BUILT_IN - {"recorded"}
_RUN, _LOCK, _ASKED = "run", "lock", "asked.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A candidate as the items name it."""

    label: str
    spec: Spec

    @property
    def recorded(self) -> bool:
        """Whether its answers stand in the suite."""
        return self.spec.name == "recorded" and self.spec.target is None


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of `[tool.harness]` with the session's options above them.

    Raises:
        UsageError: an unknown key or value.
    """
    option = config.option
    flags = {
        "answerers": tuple(option.harness_answerer),
        "trials": option.harness_trials,
        "offline": option.harness_offline,
    }
    return settings.load(flags, start=config.rootpath)


def unasked(spec: Spec, chosen: Settings) -> str | None:
    """Say why a candidate can't answer offline, or None: built-in ones ask nobody, endpoints' replies are replayed.

    A mistake in the spec is none of this: it is told where it is asked.
    """
    if not chosen.offline or spec.name in BUILT_IN:
        return None
    try:
        replayable = accepts("answerers", spec, "endpoints")
    except HarnessError:
        return None
    if not replayable:
        return "is not asked"
    return None if chosen.cache is not None else "is not asked, and no `cache` is named to replay it from"


class Asking:
    """The candidates and rules of a session, and the records that the items read."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        """Read the settings; `folder` is the session's own and is made when something is asked.

        Raises:
            UsageError: a mistake in `[tool.harness]`, the options or the rules.
        """
        option = config.option
        self.chosen = settings_of(config)
        self._folder = folder
        self._run = run_folder(folder, config)
        self._named = bool(option.harness_answerer)
        self._labels: dict[str, Contender] = {}
        self._plan: Plan | None = None
        self._ended: dict[str, str] = {}
        self.problem: str | None = None
        self.rules = _rules(config, self.chosen)

    def contenders(self, cases: Iterable[Case]) -> tuple[Contender, ...]:
        """Return the candidates that a suite's cases are put to.

        Those of the options, else those of the settings without the yardsticks (`extractive`, `refuse`, `echo`,
        `oracle`), which are no candidates of yours and come only when named.
        """
        models = sorted({answer.model for case in cases for answer in case.answers})
        specs = self.chosen.answerers
        if not self._named:
            specs = tuple(spec for spec in specs if spec.name not in _YARDSTICKS) or (Spec(name="recorded"),)
        found: list[Contender] = []
        for spec in specs:
            if spec.name == "recorded" and spec.target is None:
                wanted = spec.options.get("model")
                names = [model for model in models if wanted in {None, model}]
                found += [self._contender(name, Spec(name="recorded", options={"model": name})) for name in names]
            else:
                found.append(self._contender(self._name(spec), spec))
        return tuple(found)

    def _contender(self, name: str, spec: Spec) -> Contender:
        """Label a candidate by its name or, where another one has it, by its spec."""
        for label in (name, written(spec)):
            contender = self._labels.setdefault(label, Contender(label=label, spec=spec))
            if contender.spec == spec:
                return contender
        return Contender(label=f"{written(spec)} {digest(spec)[:6]}", spec=spec)

    def _name(self, spec: Spec) -> str:
        given = self.chosen.names.get(written(spec))
        if given is None and spec.name == "recorded" and spec.target is not None:
            return Path(spec.target).stem
        return given or spec.target or spec.name

    # ------------------------------------------------------------------------------------------------------- asking

    def ask(self, wanted: Sequence[tuple[Case, Contender]]) -> None:
        """Ask each candidate the cases that it is paired with; what is asked already is only read.

        A user's mistake is kept in `problem`, which every item then fails with.
        """
        try:
            self._plan = self._planned(wanted)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with _locked(self._folder / _LOCK):
                marker = self._folder / _ASKED
                if not marker.exists():
                    store.write_json(marker, _asked(self._plan, self._run))
                said = json.loads(marker.read_text(encoding="utf-8"))
        except HarnessError as error:
            self.problem = str(error)
            return
        self.problem, self._ended = said["problem"], said["ended"]

    def _planned(self, wanted: Sequence[tuple[Case, Contender]]) -> Plan:
        cases: dict[str, Case] = {}
        pairs: dict[str, set[str]] = defaultdict(set)
        for case, contender in wanted:
            if cases.setdefault(case.id, case) is not case:
                msg = f"{case.location}: the case {case.id!r} stands in {cases[case.id].location} too. Rename one."
                raise pytest.UsageError(msg)
            pairs[contender.label].add(case.id)
        contenders = {contender.label: contender for _, contender in wanted}
        held = tuple(cases[name] for name in sorted(cases))
        whole = CaseSet(suites=_suites(held), digest=digest(list(held)), parts=(held,))
        specs = tuple(contenders[label].spec for label in sorted(contenders))
        plan = job.planned(dataclasses.replace(self.chosen, answerers=specs, limit=None), cases=whole, folder=self._run)
        narrowed = []
        for candidate in plan.candidates:
            label = _label(candidate, contenders.values())
            narrowed.append(_narrowed(candidate, pairs[label], self.chosen.trials))
        return dataclasses.replace(plan, candidates=tuple(narrowed))

    # ------------------------------------------------------------------------------------------------------ reading

    @cached_property
    def _records(self) -> Mapping[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        assert self._plan is not None
        for candidate in self._plan.candidates:
            label = _label(candidate, self._labels.values())
            path = self._run / f"{candidate.slug}.jsonl"
            for record in store.in_order(store.read(path)) if path.exists() else ():
                found[label, record.case_id].append(record)
        return found

    def records(self, contender: Contender, case: Case) -> list[Record]:
        """Return the candidate's records of a case, by trial."""
        return self._records.get((contender.label, case.id), [])

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What the metrics' numbers mean."""
        assert self._plan is not None
        return {metric.name: metric for metric in self._plan.candidates[0].header.metrics}

    def ended(self, contender: Contender) -> str:
        """Return why a candidate was asked no further, if it was not."""
        assert self._plan is not None
        names = [c.name for c in self._plan.candidates if c.spec == contender.spec]
        return next((self._ended[name] for name in names if name in self._ended), "it gave no answer")

    @cached_property
    def summary(self) -> Summary:
        """The summary that rules are held against."""
        from harness.summary import summarise

        return summarise(store.read_folder(self._run), title="pytest")

    def against_baseline(self, rules: Rules) -> Mapping[str, Comparison] | None:
        """Return how the candidates compare to the rules' baseline run, where a rule speaks of it."""
        return job.against_baseline(rules, self._run)


def _rules(config: pytest.Config, chosen: Settings) -> Rules | None:
    given = config.option.harness_rules
    if given is not None:
        return gate.load_rules(config.invocation_params.dir / given)
    return gate.load_rules(chosen.root / chosen.gate) if chosen.gate else None


def _label(candidate: Candidate, contenders: Iterable[Contender]) -> str:
    return next(contender.label for contender in contenders if contender.spec == candidate.spec)


def _suites(cases: Sequence[Case]) -> tuple[Suite, ...]:
    paths = {case.id.partition("/")[0]: Path((case.location or "").rpartition(":")[0]) for case in cases}
    return tuple(Suite(name=name, description="", prompt=None, path=path) for name, path in paths.items())


def _narrowed(candidate: Candidate, case_ids: set[str], trials: int) -> Candidate:
    """Leave out the cases that no selected item asks this candidate; those that stand in the suite cost nothing."""
    if candidate.spec.name == "recorded" and candidate.spec.target is None:
        return candidate
    given = candidate.keys
    keys = {(name, trial) for name in case_ids for trial in range(trials)} if given is None else given
    kept = frozenset(key for key in keys if key[0] in case_ids)
    return dataclasses.replace(candidate, keys=kept, header=dataclasses.replace(candidate.header, planned=len(kept)))


def _asked(plan: Plan, run: Path) -> dict[str, object]:
    """Ask, going on with what a worker that died has left; say who ended early, and what was the user's mistake."""
    ended: dict[str, str] = {}

    async def work() -> None:
        async with aclosing(stream(plan, folder=run)) as events:
            async for event in events:
                if event.ended is not None:
                    ended[event.candidate.name] = event.ended

    try:
        prepare(plan, run, resume=True)
        job.in_thread(work())
    except HarnessError as error:
        return {"problem": str(error), "ended": ended}
    return {"problem": None, "ended": ended}


def run_folder(folder: Path, config: pytest.Config) -> Path:
    """Return where the run files lie: where the user said, else in the session's folder.

    Raises:
        UsageError: the place holds another run.
    """
    said = config.option.harness_output
    if said is None:
        return folder / _RUN
    run = config.invocation_params.dir / str(said)
    if not folder.exists() and any(run.glob("*.jsonl")):
        msg = f"{run}: holds a run already. Name another folder with --harness-output."
        raise pytest.UsageError(msg)
    return run


def conclude(folder: Path, config: pytest.Config, reporter: pytest.TerminalReporter) -> None:
    """Print the leaderboard and, where a folder was named, write the reports."""
    run = run_folder(folder, config)
    if not any(run.glob("*.jsonl")):
        return
    from rich.console import Console

    from harness.report import terminal

    summary = job.finish(run, settings_of(config))
    if reporter.verbosity >= 0:
        reporter.section("harness", sep="=")
        console = Console(file=reporter._tw._file, width=reporter._tw.fullwidth, color_system=None, highlight=False)  # noqa: SLF001 - pytest gives its file no other way
        terminal.leaderboard(dataclasses.replace(summary, findings=()), console, cases={})
    if config.option.harness_output is not None:
        reporter.write_line(f"reports in {run}: report.html, report.md, junit.xml, summary.json")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the operating system takes back when its holder dies."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten tries
                    break
                except OSError:
                    continue
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
        os.fsync(file.fileno())
