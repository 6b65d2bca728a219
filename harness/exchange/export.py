"""Runs as CSV, JSON lines, ragas data sets and OpenTelemetry spans: a row a record, a candidate after the other."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from harness import store
from harness.encoding import encode
from harness.exchange.spans import contexts_of, span_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.records import Case, Record, Run

__all__ = ["CASES", "metric_names", "opened", "records", "row", "written"]

CASES: Final = "cases.json.gz"


def opened(path: Path) -> tuple[tuple[Run, ...], dict[str, Case]]:
    """Return the runs of a folder (or one run file) and their cases by id.

    Raises:
        RunFolderError: there is no run.
    """
    return store.read_folder(path), store.read_cases((path if path.is_dir() else path.parent) / CASES)


def written(form: str, path: Path) -> Iterator[str]:
    """Yield a run folder (or one run file) as `csv`, `jsonl`, `ragas` or `opentelemetry`, a line at a time.

    Raises:
        RunFolderError: there is no run.
    """
    runs, cases = opened(path)
    if form == "csv":
        yield from _csv(runs, cases)
        return
    shape = {"ragas": _ragas, "jsonl": row, "opentelemetry": span_document}[form]
    for run, record in records(runs):
        one = shape(run, record, cases.get(record.case_id))
        if one is not None:
            yield json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n"


def records(runs: Iterable[Run]) -> Iterator[tuple[Run, Record]]:
    """Yield every record with its run, by case id and trial."""
    for run in runs:
        for record in store.in_order(run):
            yield run, record


def row(run: Run, record: Record, case: Case | None) -> dict[str, Any]:
    """Return what a record holds, with its question; `scores` by metric."""
    found: dict[str, Any] = {
        "candidate": run.header.candidate,
        "case_id": record.case_id,
        "trial": record.trial,
        "group": record.group,
        "tags": list(record.tags),
        "answerable": record.answerable,
        "query": case.question.query if case is not None else None,
        "contexts": [passage.text for passage in contexts_of(record, case)],
        "references": list(case.references) if case is not None else [],
        "answer": record.answer.text if record.answer is not None else None,
        "model": record.answer.model if record.answer is not None else None,
        "latency": record.answer.latency if record.answer is not None else None,
        "failures": [failure.code for failure in record.failures],
    }
    found["scores"] = {s.metric: {"value": s.value, "passed": s.passed, "reason": s.reason} for s in record.scores}
    found["spans"] = [encode(span) for score in record.scores for span in score.spans]
    return found


def _ragas(run: Run, record: Record, case: Case | None) -> dict[str, Any] | None:
    """Return ragas' single-turn sample; an answer that broke down is none."""
    if record.answer is None or case is None:
        return None
    sample = {
        "user_input": case.question.query,
        "retrieved_contexts": [passage.text for passage in contexts_of(record, case)],
        "response": record.answer.text,
        "reference": case.references[0] if case.references else None,
    }
    return {key: value for key, value in sample.items() if value is not None} | {
        "id": record.case_id,
        "model": run.header.candidate,
    }


def metric_names(runs: Iterable[Run]) -> list[str]:
    """Return the metrics of the runs, each once."""
    return list(dict.fromkeys(metric.name for run in runs for metric in run.header.metrics))


def _csv(runs: tuple[Run, ...], cases: dict[str, Case]) -> Iterator[str]:
    metrics = metric_names(runs)
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\n")
    names: list[str] = []
    for run, record in records(runs):
        found = row(run, record, cases.get(record.case_id))
        scores = found.pop("scores")
        del found["spans"]
        for metric in metrics:
            score = scores.get(metric, {})
            found[metric], found[f"{metric}_passed"] = score.get("value"), score.get("passed")
        if not names:
            names = list(found)
            writer.writerow(names)
        cells = (found[name] for name in names)
        writer.writerow(json.dumps(c, ensure_ascii=False) if isinstance(c, list) else c for c in cells)
        yield page.getvalue()
        page.seek(0)
        page.truncate()
