"""JUnit XML: a suite a run file, a test a case and metric, properties with the estimates; written as a stream."""

from __future__ import annotations

import re
import tempfile
from array import array
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from harness import store
from harness.report.excerpts import visible

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from harness.records import Header, Record, Run
    from harness.summary import CandidateSummary, Summary

__all__ = ["Tests", "write"]

_SPECIAL: Final = re.compile(r"[&<>\"]")
_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Tests:
    """The tests of one run: made as its records come, in any order, and kept in a file without a name."""

    def __init__(self, folder: Path, header: Header) -> None:
        """Take the folder that has room for them; metrics that the header does not declare are left out.

        Raises:
            RunFolderError: the folder cannot be written, here and when tests are added.
        """
        self._folder, self._metrics = folder, frozenset(metric.name for metric in header.metrics)
        with store.writing(self._folder):
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._ends = array("Q", [0])
        self._ids: list[str] = []
        self._trials = array("q")

    def add(self, record: Record) -> None:
        """Make the tests of one more record."""
        text = "".join(_tests(record, self._metrics)).encode()
        with store.writing(self._folder):
            self._file.write(text)
        self._ends.append(self._ends[-1] + len(text))
        self._ids.append(record.case_id)
        self._trials.append(record.trial)

    def in_order(self) -> Iterator[str]:
        """Yield the tests of each record, by case id and trial."""
        for number in sorted(range(len(self._ids)), key=lambda n: (self._ids[n], self._trials[n])):
            self._file.seek(self._ends[number])
            yield self._file.read(self._ends[number + 1] - self._ends[number]).decode()

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):  # what could not be written was told, and is not needed
            self._file.close()


def write(stream: TextIO, summary: Summary, runs: Sequence[Run], made: Mapping[str, Tests] | None = None) -> None:
    """Write the report: what did not pass is a failure, what does not apply is skipped, a breakdown is an error.

    `made` holds the tests of candidates whose records were read already. Metrics that the run's header does not declare
    are left out, as everywhere.
    """
    candidates = {candidate.name: candidate for candidate in summary.candidates}
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(f"<testsuites name={_attribute(summary.title)}>\n")
    for run in sorted(runs, key=lambda run: run.header.candidate):
        candidate = candidates[run.header.candidate]
        stream.write(f"<testsuite name={_attribute(candidate.name)}{_counts(candidate)}>\n")
        stream.writelines(_properties(candidate))
        if made is not None:
            stream.writelines(made[candidate.name].in_order())
        else:
            for record in store.in_order(run):
                stream.writelines(_tests(record, candidate.metrics))
        stream.write("</testsuite>\n")
    stream.write("</testsuites>\n")


def _counts(candidate: CandidateSummary) -> str:
    found = candidate.metrics.values()
    scored, skipped = sum(metric.mean.n for metric in found), sum(metric.absent for metric in found)
    unmet = sum(round(m.pass_rate.n * (1 - m.pass_rate.value)) for m in found if m.pass_rate.value is not None)
    tests = scored + skipped + candidate.broken
    return f' tests="{tests}" failures="{unmet}" errors="{candidate.broken}" skipped="{skipped}"'


def _properties(candidate: CandidateSummary) -> Iterator[str]:
    yield "<properties>\n"
    for name, found in candidate.metrics.items():
        for what, estimate in (("mean", found.mean), ("pass_rate", found.pass_rate)):
            if estimate.value is not None:
                low, high = estimate.low, estimate.high
                interval = "" if low is None or high is None else f" [{low:.6f}, {high:.6f}]"
                yield f'<property name="{name}.{what}" value="{estimate.value:.6f}{interval} n={estimate.n}"/>\n'
    yield "</properties>\n"


def _tests(record: Record, metrics: Container[str]) -> Iterator[str]:
    file, _, line = (record.location or "").rpartition(":")
    place = f" file={_attribute(file)} line={_attribute(line)}" if file else ""
    title = f"{record.case_id}[{record.trial}]" if record.trial else record.case_id
    start = f"<testcase classname={_attribute(title)}{place} name="
    if record.failures or record.answer is None:
        yield f'{start}"breakdown">'
        for failure in record.failures:
            said = f"{failure.stage}: {failure.message}"
            yield f'<error type="{failure.code}" message={_attribute(said)}/>'
        yield "</testcase>\n"
    for score in record.scores:
        if score.metric not in metrics:
            continue
        yield f"{start}{_attribute(score.metric)}>"
        if score.value is None:
            yield f"<skipped message={_attribute(score.reason)}/>"
        elif score.passed is False:
            spans = "\n".join(f"{s.label} ({s.confidence:.2f}): {s.reason}" for s in score.spans)
            yield f'<failure type="{score.metric}" message={_attribute(score.reason)}>{_text(spans)}</failure>'
        yield "</testcase>\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", visible(text))


@lru_cache(maxsize=4096)  # metrics and reasons come again and again
def _attribute(text: str) -> str:
    if text.isascii() and text.isprintable() and _SPECIAL.search(text) is None:
        return f'"{text}"'
    return quoteattr(_clean(text))


def _text(text: str) -> str:
    return escape(_clean(text))
