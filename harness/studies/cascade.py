"""How much of a perfect judge does a cascade keep, for how many calls? `python -m harness.studies.cascade FILE…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from harness import classification, registry
from harness.detectors.cascade import HIGH, settled, undecided
from harness.exchange import labelled
from harness.records import Passage, Question, Spec
from harness.report.figures import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.protocols import Detector
    from harness.records import Detection

__all__ = ["Point", "curve", "found", "table"]

LOWS: Final = (0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5)


class Point(NamedTuple):
    """One setting of the lower threshold, with a judge behind it that says the gold label.

    `sent`: the share of the claims that go to the judge. `asked`: the share of the answers that cost a call.
    `balanced_accuracy` is over answers; None if they are all of one class.
    """

    low: float
    sent: float
    asked: float
    balanced_accuracy: float | None


async def found(files: Iterable[Path], detector: Spec) -> list[tuple[Detection, Mapping[str, Any]]]:
    """Return what the first stage finds in each labelled answer, with its row."""
    built: Detector = registry.build("detectors", detector)
    out: list[tuple[Detection, Mapping[str, Any]]] = []
    for row in (row for path in files for row in labelled.rows(path)):
        if row.get("answer") and row.get("label") is not None:
            passages = tuple(Passage(id=f"p{n}", text=str(text)) for n, text in enumerate(row["contexts"], start=1))
            question = Question(id="row", query=row.get("query") or "", passages=passages)
            out.append((await built.detect(question, row["answer"]), row))
    return out


def curve(
    answers: Sequence[tuple[Detection, Mapping[str, Any]]], lows: Sequence[float] = LOWS, high: float = HIGH
) -> list[Point]:
    """Return calls against accuracy, a point for each lower threshold.

    A row with label 0 needs spans; what the first stage takes for no claim is not sent, and its spans are lost.
    """
    labels = np.array([row["label"] == 0 for _, row in answers], bool)
    out: list[Point] = []
    for low in lows:
        flagged, sent, asked, claims = [], 0, 0, 0
        for detection, row in answers:
            starts = undecided(detection, low, high)
            decided = settled(detection, low).sentences
            bad = [_gold(s.start, s.end, row) if s.start in starts else s.verdict == "unsupported" for s in decided]
            flagged.append(any(bad))
            sent, asked = sent + len(starts), asked + bool(starts)
            claims += sum(s.kind == "claim" for s in decided)
        accuracy = classification.confusion(np.array(flagged, bool), labels).balanced_accuracy
        out.append(Point(low, sent / max(1, claims), asked / max(1, len(answers)), accuracy))
    return out


def _gold(start: int, end: int, row: Mapping[str, Any]) -> bool:
    return any(span["start"] < end and start < span["end"] for span in row.get("spans") or ())


def table(points: Sequence[Point]) -> Table:
    """Return the curve as a table of text."""
    return Table(
        title="Calls against balanced accuracy of answers, with a perfect judge behind the first stage",
        columns=("low", "claims sent", "answers asked", "balanced accuracy"),
        rows=tuple(
            (
                f"{point.low:.2f}",
                f"{point.sent:.1%}",
                f"{point.asked:.1%}",
                "n/a" if point.balanced_accuracy is None else f"{point.balanced_accuracy:.3f}",
            )
            for point in points
        ),
    )


def _main(files: Sequence[str]) -> None:
    points = curve(asyncio.run(found([Path(file) for file in files], Spec(name="lexical"))))
    rows = (table(points).columns, *table(points).rows)
    sys.stdout.write("".join("  ".join(cell.rjust(18) for cell in row) + "\n" for row in rows))


if __name__ == "__main__":
    _main(sys.argv[1:])
