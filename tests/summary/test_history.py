"""Runs over time, from files and from the index."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.encoding import encode, line
from harness.errors import RunFolderError
from harness.report import trends
from harness.summary import history, indexed, run_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.records import Record, Run

    MakeRecord = Callable[..., Record]
    MakeRun = Callable[..., Run]


def _stored(folder: Path, night: int, run: Run) -> Path:
    folder = folder / f"night-{night:02}"
    folder.mkdir(parents=True, exist_ok=True)
    header = dataclasses.replace(run.header, started=f"2026-01-{night:02}T03:00:00+00:00")
    path = folder / f"{header.candidate}.jsonl"
    path.write_text(line(header) + "".join(map(line, run.records)))
    return path


@pytest.fixture
def nights(tmp_path: Path, record: MakeRecord, run: MakeRun) -> Path:
    """Write five nights: the last two are worse."""
    for night, share in enumerate((0.9, 0.9, 0.9, 0.4, 0.4), start=1):
        good = np.random.default_rng(night).random(120) < share
        _stored(tmp_path / "runs", night, run([record(n, 1.0 if good[n] else 0.0) for n in range(120)]))
    return tmp_path / "runs"


def test_a_regression_is_dated_and_chance_is_not_called_one(nights: Path) -> None:
    found = history(indexed(run_files(nights)))
    (trend,) = [trend for trend in found.trends if trend.metric == "groundedness"]
    assert [point.regressed for point in trend.points] == [False, False, False, True, True]
    assert trend.points[0].against_first is None
    levels = [point.level for point in trend.points[1:]]
    assert levels == pytest.approx([0.05 / 2, 0.05 / 6, 0.05 / 12, 0.05 / 20])
    assert trends.headline(found) == "a is worse than in its first run, shown since 2026-01-04T03:00:00+00:00"
    assert len(trends.regressions(found).rows) >= 2


def test_the_index_outlives_the_run_files_and_says_the_same(nights: Path, tmp_path: Path) -> None:
    index = tmp_path / "runs.sqlite"
    paths = run_files(nights)
    fresh = history(indexed(paths))
    assert history(indexed(paths, index)) == fresh
    stamp = index.read_bytes()
    assert history(indexed(paths, index)) == fresh
    assert index.read_bytes() == stamp
    assert history(indexed((), index)) == fresh


def test_other_cases_or_another_detector_start_anew(nights: Path, record: MakeRecord, run: MakeRun) -> None:
    _stored(nights, 6, run([record(n, 0.0) for n in range(120)], cases_digest="d2"))
    _stored(nights, 7, run([record(n, 0.0) for n in range(120)], cases_digest="d2", versions={"detector": "2"}))
    found = history(indexed(run_files(nights)))
    assert [text.rsplit(": ", 1)[1] for text in found.restarts] == ["other cases", "another version of the detector"]
    (trend,) = [trend for trend in found.trends if trend.metric == "groundedness"]
    assert not any(point.regressed for point in trend.points[5:])


def test_the_page_and_the_feed_are_plain_and_the_same_twice(nights: Path) -> None:
    found = history(indexed(run_files(nights)))
    page = trends.render(found)
    assert page == trends.render(history(indexed(run_files(nights))))
    assert "<script" not in page
    assert page.count("<svg") == len(found.trends)
    assert "http" not in page.split("</style>")[1]
    assert isinstance(encode(found), dict)


def test_what_is_no_run_or_no_index_is_said(tmp_path: Path, nights: Path) -> None:
    with pytest.raises(RunFolderError, match="no run file"):
        run_files(tmp_path / "nowhere")
    (tmp_path / "text.sqlite").write_text("this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(RunFolderError, match="not an index of runs"):
        list(indexed(run_files(nights), tmp_path / "text.sqlite"))
