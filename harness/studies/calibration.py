"""How far can a detector be trusted? Hold it against human labels, per source and task, with controls beside it."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness import classification, registry
from harness.encoding import digest
from harness.errors import BreakdownError
from harness.exchange import labelled
from harness.records import Passage, Question, Spec
from harness.report.figures import Table, plain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.protocols import Detector
    from harness.records import Detection

__all__ = ["Calibration", "Figure", "Judged", "calibrate", "judged"]

_FIGURES: Final = (
    "auroc", "balanced_accuracy", "precision", "recall", "f1", "span_precision", "span_recall", "span_f1",
    "calibration_error", "brier",
)  # fmt: skip
_BESIDE: Final = (
    "found / missed", "false / left alone", "flag all F1", "length AUROC", "answers", "skipped", "broken", "ms/answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its 95% cluster-bootstrap interval; None where it does not apply (one class, nothing labelled)."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A detector held against one source, or one task of it. Positive: the answer has a hallucination.

    `skipped` counts rows without an answer or a label, `broken` those on which the detector broke down. `controls` are
    what flagging everything, and the answer's length alone, reach.
    """

    source: str
    task: str | None
    answers: int
    skipped: int
    broken: int
    prevalence: float | None
    figures: Mapping[str, Figure]
    confusion: classification.Confusion
    controls: Mapping[str, float | None]
    milliseconds: float | None
    """Time of the detector per answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One row as judged: `score` in [0, 1], the spans, and what is needed to compare; `label` None if unlabelled."""

    id: str
    source: str
    task: str
    group: str
    score: float
    flagged: bool
    spans: tuple[tuple[int, int], ...]
    label: bool | None
    length: int
    characters: tuple[int, int, int] | None
    """Characters in spans found, in labelled spans, and in both; None where no spans are labelled."""
    seconds: float


@dataclass(slots=True)
class _Counts:
    skipped: dict[tuple[str, str], int] = field(default_factory=dict)
    broken: dict[tuple[str, str], int] = field(default_factory=dict)


async def judged(
    files: Sequence[Path], detector: Spec, *, concurrency: int = 8, counts: _Counts | None = None
) -> AsyncGenerator[Judged]:
    """Yield every row that has an answer, as the detector judges it, in the order in which it is done."""
    built: Detector = registry.build("detectors", detector)
    engine: Any = registry.build("engines", Spec(name="local", options={"concurrency": concurrency}))
    counted = counts if counts is not None else _Counts()

    async def work(row: dict[str, Any]) -> Judged | None:
        key = (str(row["source"]), str(row.get("task", "")))
        began = time.perf_counter()
        try:
            found = await built.detect(_question(row), row["answer"])
        except BreakdownError:
            counted.broken[key] = counted.broken.get(key, 0) + 1
            return None
        return _judged(row, found, time.perf_counter() - began)

    async with aclosing(engine.map(work, _answered(files, counted))) as found:
        async for one in found:
            if one is not None:
                yield one
    closing = getattr(built, "aclose", None)
    if closing is not None:
        await closing()


def _answered(files: Iterable[Path], counts: _Counts) -> Iterator[dict[str, Any]]:
    for path in files:
        for row in labelled.rows(path):
            key = (str(row["source"]), str(row.get("task", "")))
            if not row.get("answer") or row.get("label") is None:
                counts.skipped[key] = counts.skipped.get(key, 0) + 1
            if row.get("answer"):
                yield row


def _question(row: Mapping[str, Any]) -> Question:
    passages = tuple(Passage(id=f"p{number}", text=str(text)) for number, text in enumerate(row["contexts"], start=1))
    return Question(id="row", query=row.get("query") or "", passages=passages)


def _judged(row: Mapping[str, Any], found: Detection, seconds: float) -> Judged:
    label = None if row.get("label") is None else row["label"] == 0
    gold = [(span["start"], span["end"]) for span in row.get("spans") or ()]
    mine = tuple((span.start, span.end) for span in found.spans)
    compared = label is not None and (bool(gold) or not label)
    return Judged(
        id=str(row["id"]),
        source=str(row["source"]),
        task=str(row.get("task", "")),
        group=str(row.get("group") or digest(row["contexts"])),
        score=float(found.probability),
        flagged=bool(mine),
        spans=mine,
        label=label,
        length=len(row["answer"]),
        characters=_overlap(mine, gold, len(row["answer"])) if compared else None,
        seconds=seconds,
    )


def _overlap(mine: Iterable[tuple[int, int]], gold: Iterable[tuple[int, int]], size: int) -> tuple[int, int, int]:
    masks = []
    for spans in (mine, gold):
        mask = np.zeros(size, bool)
        for start, end in spans:
            mask[start:end] = True
        masks.append(mask)
    return int(masks[0].sum()), int(masks[1].sum()), int((masks[0] & masks[1]).sum())


def table(results: Sequence[Calibration]) -> Table:
    """Return the results as a table of text, a row a source or task."""

    def written(value: float | None) -> str:
        return "n/a" if value is None else f"{value:.3f}"

    return Table(
        title="How well the detector agrees with human labels (95% cluster-bootstrap interval)",
        columns=("source", "prevalence", *_FIGURES, *_BESIDE),
        rows=tuple(
            (
                result.source + (f": {result.task}" if result.task is not None else ""),
                written(result.prevalence),
                *(plain(result.figures[name]) for name in _FIGURES),
                f"{result.confusion.true_positive} / {result.confusion.false_negative}",
                f"{result.confusion.false_positive} / {result.confusion.true_negative}",
                written(result.controls["flag_everything_f1"]),
                written(result.controls["length_auroc"]),
                str(result.answers),
                str(result.skipped),
                str(result.broken),
                "n/a" if result.milliseconds is None else f"{result.milliseconds:.2f}",
            )
            for result in results
        ),
    )


async def calibrate(
    files: Sequence[Path],
    detector: Spec,
    *,
    concurrency: int = 8,
    watch: Callable[[Judged], None] = lambda _: None,
) -> tuple[Calibration, ...]:
    """Hold a detector against labelled files: one result a source, and one a task where a source has several.

    Raises:
        UsageError: a file cannot be read, or holds something else.
    """
    counts = _Counts()
    found: dict[tuple[str, str], list[Judged]] = {}
    async with aclosing(judged(files, detector, concurrency=concurrency, counts=counts)) as stream:
        async for one in stream:
            watch(one)
            if one.label is not None:
                found.setdefault((one.source, one.task), []).append(one)
    keys = sorted({*found, *counts.skipped, *counts.broken})
    out: list[Calibration] = []
    for source in sorted({source for source, _ in keys}):
        tasks = [task for name, task in keys if name == source]
        parts = [(None, tasks)] if len(tasks) == 1 else [(None, tasks), *((task, [task]) for task in tasks)]
        for name, chosen in parts:
            answers = [one for task in chosen for one in found.get((source, task), [])]
            out.append(
                _measured(
                    source,
                    name,
                    sorted(answers, key=lambda one: one.id),
                    skipped=sum(counts.skipped.get((source, task), 0) for task in chosen),
                    broken=sum(counts.broken.get((source, task), 0) for task in chosen),
                )
            )
    return tuple(out)


def _measured(source: str, task: str | None, answers: Sequence[Judged], *, skipped: int, broken: int) -> Calibration:
    labels = np.array([bool(one.label) for one in answers], bool)
    scores = np.array([one.score for one in answers], np.float64)
    flagged = np.array([one.flagged for one in answers], bool)
    lengths = np.array([one.length for one in answers], np.float64)
    groups = np.array([one.group for one in answers])
    spans = np.array([one.characters or (0, 0, 0) for one in answers], np.int64).reshape(-1, 3)
    both = bool(labels.any() and not labels.all())
    measures: dict[str, Callable[[NDArray[np.int64]], float | None]] = {
        "auroc": lambda r: classification.auroc(scores[r], labels[r]),
        "balanced_accuracy": lambda r: classification.confusion(flagged[r], labels[r]).balanced_accuracy,
        "precision": lambda r: classification.confusion(flagged[r], labels[r]).precision if both else None,
        "recall": lambda r: classification.confusion(flagged[r], labels[r]).recall,
        "f1": lambda r: classification.confusion(flagged[r], labels[r]).f1 if both else None,
        "span_precision": lambda r: _ratio(spans[r, 2], spans[r, 0]),
        "span_recall": lambda r: _ratio(spans[r, 2], spans[r, 1]),
        "span_f1": lambda r: _ratio(2 * spans[r, 2], spans[r, 0] + spans[r, 1]),
        "calibration_error": lambda r: classification.calibration_error(scores[r], labels[r]),
        "brier": lambda r: classification.brier(scores[r], labels[r]),
    }
    everything = np.arange(len(answers))
    with_spans = any(one.characters and one.characters[1] for one in answers)
    figures: dict[str, Figure] = {}
    for name, measure in measures.items():
        value = measure(everything) if len(answers) and (with_spans or not name.startswith("span")) else None
        interval = classification.resampled(measure, groups) if value is not None else None
        low, high = interval if interval is not None else (None, None)
        figures[name] = Figure(value=value, low=low, high=high)
    everyone = classification.confusion(np.ones(len(labels), bool), labels)
    return Calibration(
        source=source,
        task=task,
        answers=len(answers),
        skipped=skipped,
        broken=broken,
        prevalence=float(labels.mean()) if len(answers) else None,
        figures=figures,
        confusion=classification.confusion(flagged, labels),
        controls={
            "flag_everything_f1": everyone.f1 if both else None,
            "length_auroc": classification.auroc(lengths, labels),
        },
        milliseconds=1000 * sum(one.seconds for one in answers) / len(answers) if answers else None,
    )


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> float | None:
    total = int(whole.sum())
    return int(part.sum()) / total if total else None
