"""Runs as CSV, JSON lines and ragas data sets: a row a record, every candidate after the other."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from harness import store
from harness.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.records import Case, Record, Run

__all__ = ["CASES", "written"]

CASES: Final = "cases.json.gz"


def written(form: str, path: Path) -> str:
    """Return a run folder (or one run file) as `csv`, `jsonl` or `ragas`.

    Raises:
        RunFolderError: there is no run.
    """
    runs = store.read_folder(path)
    cases = store.read_cases((path if path.is_dir() else path.parent) / CASES)
    if form == "csv":
        return _csv(runs, cases)
    row = _ragas if form == "ragas" else _row
    rows = (row(run, record, cases.get(record.case_id)) for run, record in _records(runs))
    return "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in rows if one is not None)


def _records(runs: tuple[Run, ...]) -> Iterator[tuple[Run, Record]]:
    for run in runs:
        for record in store.in_order(run):
            yield run, record


def _row(run: Run, record: Record, case: Case | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "candidate": run.header.candidate,
        "case_id": record.case_id,
        "trial": record.trial,
        "group": record.group,
        "tags": list(record.tags),
        "answerable": record.answerable,
        "query": case.question.query if case is not None else None,
        "contexts": _contexts(record, case),
        "references": list(case.references) if case is not None else [],
        "answer": record.answer.text if record.answer is not None else None,
        "model": record.answer.model if record.answer is not None else None,
        "latency": record.answer.latency if record.answer is not None else None,
        "failures": [failure.code for failure in record.failures],
    }
    row["scores"] = {s.metric: {"value": s.value, "passed": s.passed, "reason": s.reason} for s in record.scores}
    row["spans"] = [encode(span) for score in record.scores for span in score.spans]
    return row


def _contexts(record: Record, case: Case | None) -> list[str]:
    own = record.answer.passages if record.answer is not None else None
    passages = own if own is not None else case.question.passages if case is not None else ()
    return [passage.text for passage in passages]


def _ragas(run: Run, record: Record, case: Case | None) -> dict[str, Any] | None:
    """Return ragas' single-turn sample; an answer that broke down is none."""
    if record.answer is None or case is None:
        return None
    sample = {
        "user_input": case.question.query,
        "retrieved_contexts": _contexts(record, case),
        "response": record.answer.text,
        "reference": case.references[0] if case.references else None,
    }
    return {key: value for key, value in sample.items() if value is not None} | {
        "id": record.case_id,
        "model": run.header.candidate,
    }


def _csv(runs: tuple[Run, ...], cases: dict[str, Case]) -> str:
    metrics = list(dict.fromkeys(metric.name for run in runs for metric in run.header.metrics))
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\n")
    names: list[str] = []
    for run, record in _records(runs):
        row = _row(run, record, cases.get(record.case_id))
        scores = row.pop("scores")
        del row["spans"]
        for metric in metrics:
            score = scores.get(metric, {})
            row[metric], row[f"{metric}_passed"] = score.get("value"), score.get("passed")
        if not names:
            names = list(row)
            writer.writerow(names)
        cells = (row[name] for name in names)
        writer.writerow(json.dumps(c, ensure_ascii=False) if isinstance(c, list) else c for c in cells)
    return page.getvalue()
