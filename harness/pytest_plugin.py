"""`pytest cases/` collects suites: an item a recorded answer. Silent, and without cost, where there is no suite.

Nothing of the harness is imported before the first suite is collected. A labelled answer's item passes when our
verdict agrees with the label; where a label and our verdict are known to disagree (`known:`), the item is an expected
failure, and an unexpected agreement says to take the mark away. An unlabelled answer's item passes when no metric's
rule is missed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.records import Case, Labels, Record
    from harness.runner import Asking, Scoring

_SUITE: Final = re.compile(rb"^suite[ \t]*:", re.MULTILINE)
_CASES: Final = re.compile(rb"^cases[ \t]*:", re.MULTILINE)
_HEAD: Final = 64 * 1024


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a YAML file that holds a suite, below a path that was given or configured."""
    if file_path.suffix not in {".yaml", ".yml"} or not _asked_for(file_path, parent.config):
        return None
    try:
        with file_path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    if _SUITE.search(head) is None or (_CASES.search(head) is None and len(head) < _HEAD):
        return None
    return SuiteFile.from_parent(parent, path=file_path)


def _asked_for(path: Path, config: pytest.Config) -> bool:
    """Say whether a file lies below a path of the command line (or of `testpaths`, if none was given)."""
    given = [arg.split("::")[0] for arg in config.invocation_params.args if not arg.startswith("-")]
    roots = [config.invocation_params.dir / arg for arg in given if (config.invocation_params.dir / arg).exists()]
    roots = roots or [config.rootpath / str(name) for name in config.getini("testpaths")]
    return any(path.is_relative_to(root.resolve()) for root in roots if root != config.rootpath)


class MismatchError(Exception):
    """Our verdict and what was expected differ; the message is the whole report."""


class SuiteFile(pytest.File):
    """A case file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each recorded answer; a mistake in the file is one failing item."""
        from harness.cases import load  # noqa: PLC0415 - only when a suite is collected
        from harness.errors import HarnessError  # noqa: PLC0415

        try:
            cases = load([self.path])
        except HarnessError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            seen: dict[str, int] = {}
            for answer in case.answers:
                trial = seen[answer.model] = seen.get(answer.model, -1) + 1
                suffix = f"-{trial}" if trial else ""
                name = f"{case.id.partition('/')[2]}[{answer.model}{suffix}]"
                item = AnswerItem.from_parent(self, name=name, case=case, model=answer.model, trial=trial)
                if answer.labels is not None and answer.labels.known is not None:
                    reason = f"known: {answer.labels.known}"
                    item.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=MismatchError))
                yield item


class AnswerItem(pytest.Item):
    """One recorded answer held against its labels, or against the metrics' rules."""

    def __init__(self, *, case: Case, model: str, trial: int, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        """Take the case and which of its answers."""
        super().__init__(**rest)
        self._case, self._model, self._trial = case, model, trial

    def runtest(self) -> None:
        """Score the answer and compare."""
        record = _scored(self._case, self._model, self._trial)
        said = [answer for answer in self._case.answers if answer.model == self._model][self._trial]
        for score in record.scores:
            if score.value is not None:
                self.user_properties.append((score.metric, score.value))
        problems = list(_disagreements(record, said.labels) if said.labels else _unmet(record))
        problems += [f"{failure.stage} broke down: {failure.message}" for failure in record.failures]
        if problems:
            raise MismatchError(_report(self._case, record, problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Show the report without a traceback."""
        if isinstance(excinfo.value, MismatchError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Point at the case in its file."""
        line = int((self._case.location or ":1").rpartition(":")[2]) - 1
        return self.path, line, self.name


def _scored(case: Case, model: str, trial: int) -> Record:
    from harness.api import in_thread  # noqa: PLC0415 - only when an item runs
    from harness.runner import Job, ask, score  # noqa: PLC0415

    async def work() -> Record:
        asking, scoring = _components(model)
        return await score(await ask(Job(case, trial), asking), scoring)

    return in_thread(work())


def _components(model: str) -> tuple[Asking, Scoring]:
    """Build the components that the settings name, for one recorded model."""
    from harness import settings  # noqa: PLC0415
    from harness.records import Header, Spec  # noqa: PLC0415
    from harness.runner import Asking, Candidate, scoring  # noqa: PLC0415

    chosen = settings.load()
    spec = Spec(name="recorded", options={"model": model})
    header = Header(
        candidate=model, answerer=spec, detector=chosen.detector, scorers=chosen.scorers, metrics=(), cases_digest="",
        cases=1, planned=1,
    )  # fmt: skip
    asking = Asking(candidate=Candidate(spec=spec, header=header, slug=""))
    return asking, scoring(chosen.detector, chosen.scorers)


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


def _unmet(record: Record) -> Iterator[str]:
    for score in record.scores:
        if score.passed is False:
            yield f"{score.metric}: {score.reason}"


def _report(case: Case, record: Record, problems: list[str]) -> str:
    from io import StringIO  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415 - only for the text of a failure

    from harness.report.terminal import show  # noqa: PLC0415

    page = StringIO()
    show(record, case, Console(file=page, width=100, color_system=None, highlight=False))
    return "\n".join([*problems, "", page.getvalue()])
