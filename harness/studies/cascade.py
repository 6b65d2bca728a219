"""How much of a perfect judge does a cascade keep, for how many calls? `python -m harness.studies.cascade FILE…`.

The shipped first stage was fitted on the labelled answers among others, so they flatter it: with `--held-out` each
answer is scored by trees that saw none of its source's answers (five folds, as its own figures are made).
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from harness import classification, registry
from harness.detectors.cascade import HIGH, LOW, settled, undecided
from harness.exchange import labelled
from harness.records import Detection, Passage, Question, Sentence, Spec
from harness.report.figures import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.protocols import Detector

__all__ = ["Point", "best", "curve", "found", "held_out", "table"]

LOWS: Final = (0.0, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5)
MOST_SENT: Final = 0.4
"""Share of the claims that a default may send on."""


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


def held_out(files: Sequence[Path]) -> list[tuple[Detection, Mapping[str, Any]]]:
    """Return the same with out-of-fold probabilities of the claims, by the fitting study's own folds and trees.

    The trees are fitted on the sets of whole answers with spans alone (RAGTruth), so name those files. Needs the extra
    `train`.
    """
    from harness.studies.training import measuring, rows  # noqa: PLC0415 - an extra, and heavy

    data = list(rows.labelled(files))
    collected = rows.collect(data)
    chances = np.zeros(len(collected.answer))
    for held in measuring.folds(collected):
        chances[held[collected.answer]] = measuring.sentence_chances(collected, ~held, held)
    left = iter(chances.tolist())
    return [(_as_detection(row, left), row) for row in data]


def _as_detection(row: Mapping[str, Any], chances: Iterator[float]) -> Detection:
    from harness.studies.training.rows import claims  # noqa: PLC0415 - an extra

    found = ((claim.start, claim.end, next(chances)) for _, claim in claims(dict(row)))
    return Detection(
        sentences=tuple(
            Sentence(start=start, end=end, kind="claim", probability=round(chance, 4)) for start, end, chance in found
        )
    )


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


def best(points: Sequence[Point], most: float = MOST_SENT) -> Point | None:
    """Return the most accurate setting that sends at most that share of the claims on; None if there is none."""
    able = [point for point in points if point.sent <= most and point.balanced_accuracy is not None]
    return max(able, key=lambda point: point.balanced_accuracy or 0.0, default=None)


def main() -> None:
    """Print the curve, and the threshold that it speaks for."""
    parser = argparse.ArgumentParser(description="Calls against accuracy of a cascade, with gold labels for a judge.")
    parser.add_argument("files", type=Path, nargs="+", help="labelled files with spans (RAGTruth)")
    parser.add_argument(
        "--held-out", action="store_true", help="score each answer by trees that saw none of its sources"
    )
    asked = parser.parse_args()
    answers = held_out(asked.files) if asked.held_out else asyncio.run(found(asked.files, Spec(name="lexical")))
    points = curve(answers)
    shown = table(points)
    print(shown.title + (", out of fold" if asked.held_out else ", on what it was fitted on"))  # noqa: T201 - the output
    for row in (shown.columns, *shown.rows):
        print("".join(cell.rjust(18) for cell in row))  # noqa: T201 - the script's output
    chosen = best(points)
    if chosen is not None:
        print(f"At most {MOST_SENT:.0%} sent on: low={chosen.low:.2f} (the default is {LOW:.2f})")  # noqa: T201 - the script's output


if __name__ == "__main__":
    main()
