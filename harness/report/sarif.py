"""SARIF 2.1.0: a result a finding, at the case's line in its YAML file, and in the run file that holds the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from harness import store
from harness.report.excerpts import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.records import Json, Record, Run, Span

__all__ = ["render"]

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES: Final[dict[str, str]] = {
    "baseless": "the contexts do not say it",
    "conflict": "the contexts say something else",
    "echo": "only the question says it",
    "breakdown": "an answer, or its scoring, broke down",
}


def render(runs: Mapping[Path, Run]) -> str:
    """Return the log of all findings and breakdowns of the run files; paths are as given."""
    results: list[Json] = [found for path, run in runs.items() for found in _results(path, run)]
    rules: list[Json] = [{"id": name, "shortDescription": {"text": text}} for name, text in _RULES.items()]
    driver: Json = {"name": "harness", "rules": rules}
    log: Json = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=1) + "\n"


def _results(path: Path, run: Run) -> Iterator[Json]:
    for record in store.in_order(run):
        spans: Sequence[Span] = next((s.spans for s in record.scores if s.metric == "hallucination"), ())
        who = f"{run.header.candidate} on {record.case_id}" + (f", trial {record.trial}" if record.trial else "")
        for span in spans:
            said = record.answer.text[span.start : span.end] if record.answer is not None else ""
            text = f"{who}: {visible(said)!r}: {visible(span.reason)}"
            yield {
                "ruleId": span.label,
                "level": "error" if span.label == "conflict" else "warning",
                "message": {"text": text},
                "locations": _places(record, path),
                "properties": {"confidence": span.confidence, "start": span.start, "end": span.end},
            }
        for failure in record.failures:
            yield {
                "ruleId": "breakdown",
                "level": "error",
                "message": {"text": f"{who}: {failure.stage}: {failure.code}: {visible(failure.message)}"},
                "locations": _places(record, path),
            }


def _places(record: Record, path: Path) -> list[Json]:
    """Return the case's line, where it is known, and the run file."""
    found: list[Json] = []
    file, _, line = (record.location or "").rpartition(":")
    if file and line.isdigit() and int(line) > 0:
        artifact: Json = {"uri": visible(file).replace("\\", "/")}
        found.append({"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": int(line)}}})
    found.append({"physicalLocation": {"artifactLocation": {"uri": path.as_posix()}}})
    return found
