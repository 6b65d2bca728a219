"""The cases as the page's explorer shows them: texts cut into pieces and made inert, packed as compressed JSON.

No offset is left for the browser to count: an answer is a row of pieces, each with its sentence and its finding, and a
sentence's evidence is the stretch of a passage with the words around it.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from harness import store
from harness.report.excerpts import passage_name, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.records import Case, Json, Passage, Record, Run, Score, Span
    from harness.summary import Summary

__all__ = ["MAX_RECORDS", "SHOWN_FINDINGS", "Explorer", "explored", "packed", "shown_keys"]

MAX_RECORDS: Final = 5000
"""Up to so many records the page holds every case; beyond, those with the worst findings and the disagreements."""
SHOWN_FINDINGS: Final = 1000
_AROUND: Final = 120
_HIT: Final = 400
_PROOFS: Final = 2
_LONGEST: Final = 20_000
"""Characters of an answer; what is longer is cut, and says so."""


@dataclass(slots=True)
class Explorer:
    """What the page holds of the cases; `labelled` are (probability, unfaithful) where a human has judged."""

    data: dict[str, Json]
    shown: int
    complete: bool
    labelled: list[tuple[float, bool]] = field(default_factory=list)

    def packed(self) -> str:
        """Return the data for the page."""
        return packed(self.data)


def packed(data: Json) -> str:
    """Return JSON, compressed, as base64; the same data gives the same text."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("ascii"), compresslevel=5, mtime=0)).decode("ascii")


def shown_keys(summary: Summary) -> frozenset[tuple[str, str, int]] | None:
    """Return which (candidate, case, trial) the page holds; None stands for all of them."""
    if sum(c.answered + c.failed for c in summary.candidates) <= MAX_RECORDS:
        return None
    findings = {(f.candidate, f.case_id, f.trial) for f in summary.findings[:SHOWN_FINDINGS]}
    names = [c.name for c in summary.candidates if not c.header.baseline]
    return frozenset(findings | {(name, d.case_id, d.trial) for d in summary.disagreements for name in names})


def explored(summary: Summary, cases: Mapping[str, Case], runs: Sequence[Run]) -> Explorer:
    """Read the runs once and return what the page shows of them, by case and trial."""
    keys = shown_keys(summary)
    names = [candidate.name for candidate in summary.candidates]
    metrics = list(dict.fromkeys(name for c in summary.candidates for name in c.metrics))
    rows: dict[tuple[str, int], dict[str, Json]] = {}
    tags: dict[str, int] = {}
    labelled: list[tuple[float, bool]] = []
    for run in runs:
        number = names.index(run.header.candidate)
        wanted = None if keys is None else {(c, t) for name, c, t in keys if name == run.header.candidate}
        for record in store.selected(run, wanted):
            case = cases.get(record.case_id)
            row = rows.setdefault((record.case_id, record.trial), _row(record, case, tags))
            answers = row["r"]
            if isinstance(answers, dict):
                answers[str(number)] = _answer(record, case, metrics)
            labelled += _label(record, case, run.header.candidate)
    ordered: list[Json] = [rows[key] for key in sorted(rows)]
    shown: dict[str, Json] = {
        "candidates": [visible(name) for name in names],
        "metrics": list(metrics),
        "tags": [visible(tag) for tag in tags],
        "cases": ordered,
    }
    return Explorer(data=shown, shown=len(rows), complete=keys is None, labelled=labelled)


def _row(record: Record, case: Case | None, tags: dict[str, int]) -> dict[str, Json]:
    return {
        "id": visible(record.case_id),
        "n": record.trial,
        "q": visible(case.question.query) if case is not None else "",
        "l": visible(record.location or ""),
        "a": record.answerable or "",
        "t": [tags.setdefault(tag, len(tags)) for tag in record.tags],
        "r": {},
    }


def _answer(record: Record, case: Case | None, metrics: Sequence[str]) -> Json:
    scores: list[Json] = [
        [metrics.index(s.metric), None if s.value is None else round(s.value, 3), s.passed, visible(s.reason[:300])]
        for s in record.scores
        if s.metric in metrics
    ]
    failures: list[Json] = [[f.stage, f.code, visible(f.message[:300])] for f in record.failures]
    refusal = next((s.details.get("response") for s in record.scores if s.metric == "refusal"), None)
    pieces, proofs, findings = _pieces(record, case)
    return {"p": pieces, "e": proofs, "u": findings, "m": scores, "f": failures, "w": refusal or ""}


def _pieces(record: Record, case: Case | None) -> tuple[list[Json], list[Json], list[Json]]:
    """Cut the answer at the bounds of sentences and spans: [text, sentence or -1, finding or -1]."""
    if record.answer is None:
        return [], [], []
    text = record.answer.text
    by_metric = {score.metric: score for score in record.scores}
    spans = by_metric["hallucination"].spans if "hallucination" in by_metric else ()
    sentences = list(_sentences(by_metric.get("groundedness")))
    passages = record.answer.passages or (case.question.passages if case is not None else ())
    named = {p.id: (passage_name(case, p.id), p) for p in passages}
    ends = {0, min(len(text), _LONGEST)}
    ends |= {at for start, end, *_ in sentences for at in (start, end)} | {at for s in spans for at in (s.start, s.end)}
    bounds = sorted(end for end in ends if 0 <= end <= min(len(text), _LONGEST))
    pieces: list[Json] = []
    for start, end in itertools.pairwise(bounds):
        inside = next((n for n, s in enumerate(sentences) if s[0] <= start < s[1]), -1)
        pieces.append([visible(text[start:end]), inside, _span_at(spans, start)])
    if len(text) > _LONGEST:
        pieces.append([f"⟨… {len(text) - _LONGEST:,} more characters⟩", -1, -1])
    proofs: list[Json] = [
        [verdict, probability, _proofs(listed, named)] for _, _, verdict, probability, listed in sentences
    ]
    findings: list[Json] = [[s.label, round(s.confidence, 2), visible(s.reason)] for s in spans]
    return pieces, proofs, findings


def _span_at(spans: Sequence[Span], start: int) -> int:
    for number, span in enumerate(spans):
        if span.start <= start < span.end:
            return number
    return -1


def _sentences(score: Score | None) -> Iterator[tuple[int, int, str, Json, list[Json]]]:
    """Yield start, end, verdict, probability and evidence of the sentences in the details of groundedness."""
    listed = score.details.get("sentences") if score is not None else None
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            start, end, evidence = item.get("start"), item.get("end"), item.get("evidence")
            if isinstance(start, int) and isinstance(end, int):
                verdict = str(item.get("verdict") or "no claim")
                yield start, end, verdict, item.get("probability"), evidence if isinstance(evidence, list) else []


def _proofs(listed: Sequence[Json], named: Mapping[str, tuple[str, Passage]]) -> Json:
    found: list[Json] = []
    for item in listed[:_PROOFS]:
        if not isinstance(item, dict):
            continue
        name, start, end = str(item.get("passage")), item.get("start"), item.get("end")
        if name in named and isinstance(start, int) and isinstance(end, int):
            shown, passage = named[name]
            text = passage.text
            before = ("… " if start > _AROUND else "") + text[max(0, start - _AROUND) : start]
            after = text[end : end + _AROUND] + (" …" if end + _AROUND < len(text) else "")
            found.append([visible(shown), visible(before), visible(text[start:end][:_HIT]), visible(after)])
    return found


def _label(record: Record, case: Case | None, candidate: str) -> list[tuple[float, bool]]:
    """Return the detector's probability beside a human's label of this very answer, if there is one."""
    grounded = next((score for score in record.scores if score.metric == "groundedness"), None)
    probability = grounded.details.get("probability") if grounded is not None else None
    if case is None or record.answer is None or not isinstance(probability, (int, float)):
        return []
    for said in case.answers:
        if said.model == candidate and said.text in (record.answer.raw, record.answer.text):
            if said.labels is not None and said.labels.faithful is not None:
                return [(float(probability), not said.labels.faithful)]
            return []
    return []
