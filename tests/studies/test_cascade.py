"""The curve of a cascade: calls against accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from harness.detectors.cascade import LOW
from harness.records import Detection, Sentence
from harness.studies.cascade import MOST_SENT, best, curve, held_out, table

DATA: Final = Path(__file__).parents[3] / "shared" / "data" / "labelled"


def detection(*chances: float) -> Detection:
    return Detection(
        sentences=tuple(
            Sentence(
                start=10 * n,
                end=10 * n + 9,
                kind="claim",
                verdict="unsupported" if p > 0.5 else "supported",
                probability=p,
            )
            for n, p in enumerate(chances)
        )
    )


def test_a_point_counts_what_is_sent_and_what_the_perfect_judge_mends() -> None:
    spans = [{"start": 10, "end": 19}]
    answers: list[tuple[Detection, dict[str, Any]]] = [
        (detection(0.01, 0.3), {"label": 0, "spans": spans}),
        (detection(0.01, 0.1), {"label": 0, "spans": spans}),
        (detection(0.9), {"label": 1}),
        (detection(0.02), {"label": 1}),
    ]
    all_sent, some, none = curve(answers, (0.0, 0.2, 1.1))
    assert all_sent[1:] == (1.0, 1.0, 1.0)
    assert some[1:] == (2 / 6, 0.5, 0.75)
    assert none[1:] == (0.0, 0.0, 0.5)
    assert table([some]).rows == (("0.20", "33.3%", "50.0%", "0.750"),)


def test_the_best_setting_is_the_most_accurate_that_sends_few_enough_on() -> None:
    spans = [{"start": 0, "end": 9}]
    answers: list[tuple[Detection, dict[str, Any]]] = [
        (detection(0.9), {"label": 0, "spans": spans}),
        (detection(0.3), {"label": 0, "spans": spans}),
        *[(detection(0.1), {"label": 1})] * 8,
    ]
    chosen = best(curve(answers, (0.0, 0.2, 0.5)))
    assert chosen is not None
    assert chosen.low == 0.2
    assert chosen.sent == 0.2
    assert best(curve(answers, (0.0,))) is None


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the labelled data in {DATA}")
def test_at_most_two_fifths_sent_on_reach_nine_tenths_on_ragtruth_out_of_fold() -> None:
    points = curve(held_out([DATA / "ragtruth_all_tasks_dev.jsonl.gz"]))
    (default,) = (point for point in points if point.low == LOW)
    chosen = best(points)
    assert chosen is not None
    for point in (default, chosen):
        assert point.sent <= MOST_SENT
        assert point.balanced_accuracy is not None
        assert point.balanced_accuracy >= 0.9
