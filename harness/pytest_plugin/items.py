"""The items: a case put to a candidate, a gate rule held against all answers."""

from __future__ import annotations

import dataclasses
from io import StringIO
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

import pytest
from rich.console import Console

from harness import gate
from harness.cases import load
from harness.errors import GateError, HarnessError
from harness.pytest_plugin.asking import unasked
from harness.report.excerpts import visible
from harness.report.terminal import show
from harness.text.limits import limit_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.gate import Rule
    from harness.pytest_plugin.asking import Asking, Contender
    from harness.records import Case, Labels, Metric, Record

__all__ = ["CaseItem", "MismatchError", "RuleItem", "SuiteFile", "everything", "failure_text", "rule_items"]

_BUILT_IN_MARKS: Final = frozenset({"skip", "skipif", "xfail", "usefixtures", "parametrize", "filterwarnings"})


class MismatchError(Exception):
    """An answer, or all of them, missed what was expected; the message is the whole report."""


class SuiteFile(pytest.File):
    """A case file."""

    def __init__(self, *, asking: Asking, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        """Take the session's asking."""
        super().__init__(**rest)
        self.asking = asking

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each case and candidate; a mistake in the file is one error of collection."""
        try:
            cases = tuple(load([self.path]))
        except HarnessError as error:
            raise self.CollectError(str(error)) from None
        contenders = self.asking.contenders(cases)
        for case in cases:
            for contender in contenders:
                if not contender.recorded:
                    yield self._item(case, contender, contender.label, None)
                    continue
                answers = [answer for answer in case.answers if answer.model == contender.spec.options["model"]]
                for trial, answer in enumerate(answers):
                    name = f"{contender.label}-{trial}" if trial else contender.label
                    item = self._item(case, contender, name, trial, answer.labels)
                    if answer.labels is not None and answer.labels.known is not None:
                        reason = f"known: {answer.labels.known}"
                        item.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=MismatchError))
                    yield item

    def _item(
        self, case: Case, contender: Contender, label: str, trial: int | None, labels: Labels | None = None
    ) -> CaseItem:
        name = f"{case.id.partition('/')[2]}[{label}]"
        # Said in full, because pytest 9.2 would else not read a name in brackets back the same (--lf).
        nodeid = f"{self.nodeid}::{name}"
        item: CaseItem = CaseItem.from_parent(
            self, name=name, nodeid=nodeid, case=case, contender=contender, trial=trial, labels=labels
        )
        for tag in case.tags:
            if tag not in _BUILT_IN_MARKS and not tag.startswith("_"):
                self.config.addinivalue_line("markers", f"{tag}: a tag of cases")
                item.add_marker(tag)
        why = unasked(contender.spec, self.asking.chosen)
        if why is not None:
            item.add_marker(pytest.mark.skip(reason=f"offline: {contender.label} {why}"))
        return item


class CaseItem(pytest.Item):
    """One case put to one candidate: a recorded answer, or all trials of one that is asked."""

    def __init__(
        self,
        *,
        case: Case,
        contender: Contender,
        trial: int | None,
        labels: Labels | None,
        **rest: Any,  # noqa: ANN401 - as in pytest's own signature
    ) -> None:
        """Take the case, the candidate and, of a recorded one, which of its answers."""
        super().__init__(**rest)
        self.case, self.contender = case, contender
        self._trial, self._labels = trial, labels

    @property
    def _asking(self) -> Asking:
        assert isinstance(self.parent, SuiteFile)
        return self.parent.asking

    @property
    def asked(self) -> bool:
        """Whether it will run, so that its answer is needed."""
        return self.get_closest_marker("skip") is None

    def runtest(self) -> None:
        """Read the records, keep each metric as a property, and compare."""
        if self._asking.problem is not None:
            raise MismatchError(self._asking.problem)
        records = self._asking.records(self.contender, self.case)
        if self._trial is not None:
            records = [record for record in records if record.trial == self._trial]
        if not records:
            msg = f"{self.contender.label} has no answer to {self.case.id}: {self._asking.ended(self.contender)}"
            raise MismatchError(msg)
        self.user_properties.extend(_properties(records))
        missed = [(record, problems) for record in records if (problems := list(self._problems(record)))]
        if missed:
            raise MismatchError(failure_text(self.case, missed, of=len(records)))

    def _problems(self, record: Record) -> Iterator[str]:
        if self._labels is not None:
            yield from _disagreements(record, self._labels)
        elif self._asking.rules is None:
            yield from unmet(record, self._asking.metrics)
        yield from (f"{failure.stage} broke down: {visible(failure.message)}" for failure in record.failures)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as in pytest's own signature
        """Show the report without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, MismatchError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Point at the case in its file."""
        line = int((self.case.location or ":1").rpartition(":")[2]) - 1
        return self.path, line, self.name


class RuleItem(pytest.Item):
    """One gate rule over all answers of the session."""

    def __init__(self, *, rule: Rule, asking: Asking, among: Sequence[CaseItem], **rest: Any) -> None:  # noqa: ANN401 - as in pytest's own signature
        """Take the rule and the items whose answers it is about."""
        super().__init__(**rest)
        self._rule, self._asking, self.among = rule, asking, among

    def runtest(self) -> None:
        """Hold the rule against every candidate; a gate that can't be decided is a failure."""
        if self._asking.problem is not None:
            raise MismatchError(self._asking.problem)
        rules = self._asking.rules
        assert rules is not None
        one = dataclasses.replace(rules, rules=(self._rule,))
        try:
            results = gate.check(one, self._asking.summary, self._asking.against_baseline(one)).results
        except GateError as error:
            raise MismatchError(str(error)) from None
        self.user_properties.extend((f"{self._rule} [{result.candidate}]", result.observed) for result in results)
        unmet_rules = [f"{self._rule.location}: {r.rule} [{r.candidate}]: {r.reason}" for r in results if not r.passed]
        if unmet_rules:
            raise MismatchError("\n".join(unmet_rules))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as in pytest's own signature
        """Show the report without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, MismatchError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Point at the rule in its file."""
        file, _, line = self._rule.location.rpartition(":")
        return file, int(line) - 1, self.name


def rule_items(session: pytest.Session, asking: Asking, items: Iterable[pytest.Item]) -> Iterator[RuleItem]:
    """Yield an item for each rule, over the items that were collected."""
    among = tuple(item for item in items if isinstance(item, CaseItem) and item.asked)
    if asking.rules is None or not among:
        return
    for rule in asking.rules.rules:
        file = (
            rule.location.rpartition(":")[0].replace("\\", "/").removeprefix(f"{session.config.rootpath.as_posix()}/")
        )
        name = f"rule[{rule}]" if rule.candidate is None else f"rule[{rule}, {rule.candidate}]"
        yield RuleItem.from_parent(session, name=name, nodeid=f"{file}::{name}", rule=rule, asking=asking, among=among)


def everything(items: Iterable[pytest.Item]) -> list[CaseItem]:
    """Return all the items that the selected rules are about."""
    return list(dict.fromkeys(one for item in items if isinstance(item, RuleItem) for one in item.among))


def _properties(records: Sequence[Record]) -> Iterator[tuple[str, float]]:
    """Yield each metric's value; of several trials each one, and their mean."""
    values: dict[str, list[tuple[int, float]]] = {}
    for record in records:
        for score in record.scores:
            if score.value is not None:
                values.setdefault(score.metric, []).append((record.trial, score.value))
    for metric, found in values.items():
        yield metric, fmean(value for _, value in found)
        if len(records) > 1:
            yield from ((f"{metric}[{trial}]", value) for trial, value in found)


def _disagreements(record: Record, labels: Labels) -> Iterator[str]:
    """Yield where our verdict and the human's label differ."""
    scores = {score.metric: score for score in record.scores}
    found = scores.get("hallucination")
    if labels.faithful is not None and found is not None:
        ours = found.passed is not False
        if ours != labels.faithful:
            label = "faithful" if labels.faithful else "not faithful"
            yield f"labelled {label}; we say: {found.reason}"
    refusal = scores.get("refusal")
    if labels.refusal is not None and refusal is not None:
        response = refusal.details["response"]
        if (response == "refused") != labels.refusal:
            label = "a refusal" if labels.refusal else "no refusal"
            yield f"labelled {label}; we say: {response}"


def unmet(record: Record, metrics: dict[str, Metric] | Any) -> Iterator[str]:  # noqa: ANN401 - any mapping
    """Yield each metric that the answer does not pass, with the metric's rule."""
    for score in record.scores:
        if score.passed is False:
            yield f"{score.metric}: {visible(score.reason)} (rule: {metrics[score.metric].rule})"


def failure_text(case: Case, missed: Sequence[tuple[Record, list[str]]], *, of: int = 1) -> str:
    """Return what failed and why: the query, the answer with the words underlined, the evidence, limits and rules."""
    page = StringIO()
    console = Console(file=page, width=100, color_system=None, highlight=False)
    lines: list[str] = []
    if of > 1:
        flaky = "" if len(missed) == of else " (flaky: the others pass)"
        lines.append(f"{len(missed)} of {of} trials fail{flaky}; the first of them:")
    record, problems = missed[0]
    lines += problems
    if case.limits is not None:
        lines.append(f"limit: {limit_sentences(case.limits)}")
    show(record, case, console)
    return "\n".join([*lines, "", page.getvalue()])
