"""JUnit XML: a suite a candidate, a test a record, properties with the estimates; written as a stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from harness import store
from harness.report.excerpts import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from harness.records import Record, Run
    from harness.summary import CandidateSummary, Summary

__all__ = ["write"]

_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(stream: TextIO, summary: Summary, runs: Sequence[Run]) -> None:
    """Write the report; a failed metric is a failure, a breakdown an error."""
    candidates = {candidate.name: candidate for candidate in summary.candidates}
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(f"<testsuites name={_attribute(summary.title)}>\n")
    for run in sorted(runs, key=lambda run: run.header.candidate):
        candidate = candidates[run.header.candidate]
        stream.write(f"<testsuite name={_attribute(candidate.name)}{_counts(candidate)}>\n")
        stream.writelines(_properties(candidate))
        for record in store.in_order(run):
            stream.writelines(_case(record))
        stream.write("</testsuite>\n")
    stream.write("</testsuites>\n")


def _counts(candidate: CandidateSummary) -> str:
    tests = candidate.answered + candidate.failed
    return f' tests="{tests}" failures="{candidate.unpassed}" errors="{candidate.broken}"'


def _properties(candidate: CandidateSummary) -> Iterator[str]:
    yield "<properties>\n"
    for name, found in candidate.metrics.items():
        for what, estimate in (("mean", found.mean), ("pass_rate", found.pass_rate)):
            if estimate.value is not None:
                low, high = estimate.low, estimate.high
                interval = "" if low is None or high is None else f" [{low:.6f}, {high:.6f}]"
                yield f'<property name="{name}.{what}" value="{estimate.value:.6f}{interval} n={estimate.n}"/>\n'
    yield "</properties>\n"


def _case(record: Record) -> Iterator[str]:
    suite, _, name = record.case_id.partition("/")
    title = f"{name}[{record.trial}]" if record.trial else name
    yield f"<testcase classname={_attribute(suite)} name={_attribute(title)}"
    if record.location:
        file, _, line = record.location.rpartition(":")
        yield f" file={_attribute(file)} line={_attribute(line)}"
    yield ">"
    for failure in record.failures:
        said = f"{failure.stage}: {failure.message}"
        yield f'<error type="{failure.code}" message={_attribute(said)}/>'
    for score in record.scores:
        if score.passed is False:
            spans = "\n".join(f"{s.label} ({s.confidence:.2f}): {s.reason}" for s in score.spans)
            yield f'<failure type="{score.metric}" message={_attribute(score.reason)}>{_text(spans)}</failure>'
    yield "</testcase>\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", visible(text))


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _text(text: str) -> str:
    return escape(_clean(text))
