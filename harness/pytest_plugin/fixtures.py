"""For hand-written tests: ask a question or run a suite, and hold the answers against shares with confidence."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from rich.console import Console

from harness import api
from harness.cases import CaseSet, Suite, load
from harness.encoding import digest
from harness.errors import HarnessError, UsageError
from harness.pytest_plugin.asking import settings_of, unasked
from harness.pytest_plugin.items import failure_text, unmet
from harness.records import Case, Limits, Passage, Question
from harness.registry import accepts, parse, written
from harness.report import terminal
from harness.stats import rate_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.records import Answerable, Detection, Metric, Record, Run
    from harness.settings import Settings

__all__ = ["Answers", "Faithful", "Harness", "Share", "Verdict", "parametrise"]

_LEVEL: Final = 0.95
_NAMED: Final = 5


def parametrise(metafunc: pytest.Metafunc, marker: pytest.Mark) -> None:
    """Give `case` the cases of the marker's suites; paths are looked for in the root, then beside the test.

    Raises:
        UsageError: the test takes no `case`, or a suite holds a mistake.
    """
    if "case" not in metafunc.fixturenames:
        msg = f"{metafunc.definition.nodeid}: marked rag_cases and takes no 'case'. Add the argument."
        raise pytest.UsageError(msg)
    roots = (metafunc.config.rootpath, metafunc.definition.path.parent)
    paths = [next((r / path for r in roots if (r / path).exists()), roots[0] / path) for path in marker.args]
    try:
        cases = tuple(load(paths, tags=tuple(marker.kwargs.get("tags", ()))))
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from None
    metafunc.parametrize("case", [pytest.param(case, id=case.id) for case in cases])


# ---------------------------------------------------------------------------------------------------------- one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found in one answer; true where nothing was."""

    answer: str
    contexts: tuple[str, ...]
    detection: Detection

    def __bool__(self) -> bool:
        return not self.detection.spans

    def check(self) -> None:
        """Fail the test, with the words underlined beside their evidence, if something is unsupported."""
        __tracebackhide__ = True
        if not self:
            pytest.fail(str(self), pytrace=False)

    def __str__(self) -> str:
        page = StringIO()
        console = Console(file=page, width=100, color_system=None, highlight=False)
        passages = [Passage(id=f"p{n}", text=text) for n, text in enumerate(self.contexts, start=1)]
        terminal.detection(self.detection, self.answer, passages, console)
        return page.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Faithful:
    """The `faithful` fixture: hold an answer against its contexts."""

    chosen: Settings

    @classmethod
    def of(cls, config: pytest.Config) -> Faithful:
        """Use the detector that the settings name."""
        return cls(chosen=settings_of(config))

    def __call__(self, answer: str, contexts: Sequence[str], *, query: str = "") -> Verdict:
        """Detect at once; offline a detector that asks a model skips the test."""
        if self.chosen.offline and accepts("detectors", self.chosen.detector, "endpoints"):
            pytest.skip(f"offline: {written(self.chosen.detector)} is not asked")
        found = api.detect(contexts, query, answer, detector=self.chosen.detector)
        return Verdict(answer=answer, contexts=tuple(contexts), detection=found)


# --------------------------------------------------------------------------------------------------------- many answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of `n` answers pass, with the interval of the confidence `level`, clustered by the cases' groups."""

    value: float
    low: float
    high: float
    n: int
    level: float

    def __str__(self) -> str:
        return f"{self.value:.1%} of {self.n} [{self.low:.1%}, {self.high:.1%}] at {self.level:.0%} confidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The records of a run, of one candidate or several."""

    runs: tuple[Run, ...]
    cases: Mapping[str, Case] = field(repr=False)

    @property
    def records(self) -> list[Record]:
        """Every record, by candidate, case and trial."""
        found = [sorted(run.records, key=lambda record: (record.case_id, record.trial)) for run in self.runs]
        return [record for records in found for record in records]

    @property
    def texts(self) -> list[str]:
        """What was said, in the order of `records`; an answer that broke down is left out."""
        return [record.answer.text for record in self.records if record.answer is not None]

    def of(self, candidate: str) -> Answers:
        """Return one candidate's answers.

        Raises:
            KeyError: no such candidate.
        """
        runs = tuple(run for run in self.runs if run.header.candidate == candidate)
        if not runs:
            msg = f"no candidate {candidate!r}; there are {[run.header.candidate for run in self.runs]}"
            raise KeyError(msg)
        return dataclasses.replace(self, runs=runs)

    def share(self, metric: str, *, level: float = _LEVEL) -> Share:
        """Return the share of answers that pass a metric; answers to which it does not apply are left out.

        Raises:
            ValueError: no answer has it.
        """
        passed, groups = [], []
        for record in self.records:
            for score in record.scores:
                if score.metric == metric and score.passed is not None:
                    passed.append(score.passed)
                    groups.append(record.group or record.case_id)
        interval = rate_interval(passed, groups, level=level) if passed else None
        if interval is None:
            msg = f"no answer has a score for {metric!r}; scored are {', '.join(self._metrics)}"
            raise ValueError(msg)
        value = sum(passed) / len(passed)
        return Share(value=value, low=interval.low, high=interval.high, n=len(passed), level=level)

    def check(self, metric: str, *, at_least: float, level: float = _LEVEL) -> Share:
        """Fail the test unless the lower end of the share's interval reaches `at_least`; a breakdown fails it too."""
        __tracebackhide__ = True
        found = self.share(metric, level=level)
        problems = [f"{len(self.broken)} answers broke down: {_listed(self.broken)}"] if self.broken else []
        if found.low < at_least:
            problems.append(f"{metric}: {found} pass; the lower end must reach {at_least:.1%}")
            problems.append(f"not passed: {_listed(self._missed(metric)) or 'none: more cases are needed'}")
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)
        return found

    def check_each(self) -> None:
        """Fail the test unless every answer passes every metric; the first that does not is shown with its evidence."""
        __tracebackhide__ = True
        missed = []
        for record in self.records:
            said = [*unmet(record, self._metrics), *(f"{f.stage} broke down: {f.message}" for f in record.failures)]
            if said:
                missed.append((record, said))
        if missed:
            case = self.cases[missed[0][0].case_id]
            head = f"{len(missed)} of {len(self.records)} answers fail; the first:\n" if len(self.records) > 1 else ""
            pytest.fail(head + failure_text(case, missed[:1]), pytrace=False)

    def flaky(self, metric: str) -> tuple[str, ...]:
        """Return the cases whose trials differ: some pass the metric and some do not."""
        seen: dict[tuple[str, str], set[bool]] = defaultdict(set)
        for run in self.runs:
            for record in run.records:
                for score in record.scores:
                    if score.metric == metric and score.passed is not None:
                        seen[run.header.candidate, record.case_id].add(score.passed)
        return tuple(dict.fromkeys(case_id for (_, case_id), found in sorted(seen.items()) if len(found) > 1))

    @property
    def broken(self) -> tuple[str, ...]:
        """The cases in which anything broke down."""
        return tuple(dict.fromkeys(record.case_id for record in self.records if record.failures))

    @property
    def _metrics(self) -> dict[str, Metric]:
        return {metric.name: metric for run in self.runs for metric in run.header.metrics}

    def _missed(self, metric: str) -> tuple[str, ...]:
        missed = (r.case_id for r in self.records for s in r.scores if s.metric == metric and s.passed is False)
        return tuple(dict.fromkeys(missed))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """The `harness` fixture. Without a candidate, those of the options or of `[tool.harness]` are asked."""

    chosen: Settings
    root: Path

    @classmethod
    def of(cls, config: pytest.Config) -> Harness:
        """Use the session's settings."""
        return cls(chosen=settings_of(config), root=config.rootpath)

    def ask(
        self,
        query: str,
        contexts: Sequence[str],
        *,
        answerers: Sequence[str] = (),
        trials: int | None = None,
        instructions: str = "",
        references: Sequence[str] = (),
        answerable: Answerable | None = None,
        max_words: int | None = None,
    ) -> Answers:
        """Ask one question, and score what is said."""
        passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(contexts, start=1))
        name = digest([query, list(contexts)])[:12]
        case = Case(
            id=f"asked/{name}",
            question=Question(id=name, query=query, passages=passages, instructions=instructions),
            context_ids=tuple(passage.id for passage in passages),
            references=tuple(references),
            answerable=answerable,
            limits=Limits(max_words=max_words) if max_words is not None else None,
        )
        return self.run(case, answerers=answerers, trials=trials)

    def run(
        self,
        cases: Case | str | Path,
        *more: str | Path,
        answerers: Sequence[str] = (),
        trials: int | None = None,
        tags: Sequence[str] = (),
        **options: Any,  # noqa: ANN401 - the keys of [tool.harness]
    ) -> Answers:
        """Run suites (paths from the root) or one case, all answers at once; nothing is written.

        Offline the test is skipped where a candidate can't be replayed.

        Raises:
            UsageError: a mistake in a suite, a spec or an option; `recorded` where no case has an answer.
        """
        held = _one(cases) if isinstance(cases, Case) else load([self.root / p for p in (cases, *more)], tags=tags)
        specs = tuple(answerers) or tuple(written(spec) for spec in self.chosen.answerers)
        fixed: dict[str, object] = {"trials": trials or self.chosen.trials}
        if self.chosen.offline:
            self._skip_unasked(specs)
            fixed |= {"offline": self.chosen.cache is not None, "cache": self.chosen.cache}
        fixed["scorers"] = tuple(written(spec) for spec in self.chosen.scorers)
        fixed["detector"] = written(self.chosen.detector)
        runs = api.run(held, specs, **{**fixed, **options})
        found = Answers(runs=runs, cases={case.id: case for case in held})
        if not found.records:
            msg = f"{', '.join(specs)}: no answer came. An endpoint may refuse the candidate: `harness run` says why."
            raise UsageError(msg)
        return found

    def _skip_unasked(self, specs: Sequence[str]) -> None:
        for text in specs:
            why = unasked(self.chosen.candidates.get(text) or parse(text), self.chosen)
            if why is not None:
                pytest.skip(f"offline: {text} {why}")


def _one(case: Case) -> CaseSet:
    suite = Suite(name=case.id.partition("/")[0], description="", prompt=case.prompt, path=Path())
    return CaseSet(suites=(suite,), digest=digest(case), parts=((case,),))
