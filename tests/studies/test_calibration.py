"""`harness calibrate`: figures by hand, one-class files, rows without answers, broken detectors, and its files."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import harness
from harness import registry
from harness.cli import main
from harness.detectors.lexical import Lexical
from harness.errors import BreakdownError
from harness.records import Spec
from harness.studies import calibration

if TYPE_CHECKING:
    from pathlib import Path

    from harness.records import Detection, Question

CONTEXTS = ["The pump starts at nine and stops at noon. The filter is replaced every 500 hours of operation."]
COPY = "The pump starts at nine and stops at noon."
INVENTED = "Pilots salute the purple glacier before every orchestra rehearsal."


def row(number: int, answer: str | None, label: int | None, **more: Any) -> dict[str, Any]:
    base = {"id": f"r{number}", "source": "mine", "task": "qa", "query": None, "contexts": CONTEXTS}
    return {**base, "answer": answer, "label": label, "spans": [], **more}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def mixed(tmp_path: Path) -> Path:
    span = [{"start": 0, "end": len(INVENTED), "type": "baseless", "text": INVENTED}]
    rows = [row(n, COPY, 1, group=f"g{n}") for n in range(4)]
    rows += [row(n, INVENTED, 0, spans=span, group=f"g{n}") for n in range(4, 8)]
    rows += [row(8, None, 1), row(9, COPY, None), row(10, "", 1)]
    return written(tmp_path / "mine.jsonl", rows)


def test_figures_of_a_detector_that_is_right(tmp_path: Path) -> None:
    (found,) = harness.calibrate(mixed(tmp_path))
    assert (found.source, found.task, found.answers, found.skipped, found.broken) == ("mine", None, 8, 3, 0)
    for name in ("auroc", "balanced_accuracy", "precision", "recall", "f1", "span_f1"):
        assert found.figures[name].value == 1.0
    assert found.confusion.true_positive == found.confusion.true_negative == 4
    assert found.controls["flag_everything_f1"] == pytest.approx(2 / 3)
    assert found.prevalence == 0.5
    assert found.milliseconds is not None
    low, high = found.figures["f1"].low, found.figures["f1"].high
    assert low == high == 1.0


def test_one_class_and_no_answers_print_nothing_made_up(tmp_path: Path) -> None:
    path = written(tmp_path / "one.jsonl", [row(1, COPY, 1), row(2, COPY, 1)])
    (found,) = harness.calibrate(path)
    assert found.figures["auroc"].value is None
    assert found.figures["f1"].value is None
    (empty,) = harness.calibrate(written(tmp_path / "none.jsonl", [row(1, None, None)]))
    assert (empty.answers, empty.skipped, empty.figures["auroc"].value) == (0, 1, None)


def test_each_task_has_a_line_of_its_own(tmp_path: Path) -> None:
    rows = [row(1, COPY, 1), row(2, INVENTED, 0, task="summary")]
    found = harness.calibrate(written(tmp_path / "two.jsonl", rows))
    assert [one.task for one in found] == [None, "qa", "summary"]


class Broken:
    """Breaks down on one answer."""

    async def detect(self, question: Question, text: str, /) -> Detection:
        if text == INVENTED:
            msg = "no reply"
            raise BreakdownError(msg)
        return await Lexical().detect(question, text)


def test_a_breakdown_is_counted_and_no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = registry.build
    monkeypatch.setattr(registry, "build", lambda kind, spec: Broken() if kind == "detectors" else real(kind, spec))
    path = written(tmp_path / "mine.jsonl", [row(1, COPY, 1), row(2, INVENTED, 0)])
    (found,) = asyncio.run(calibration.calibrate([path], Spec(name="broken")))
    assert (found.answers, found.broken) == (1, 1)


def test_the_command_writes_rows_and_figures(tmp_path: Path) -> None:
    rows, figures = tmp_path / "rows.jsonl", tmp_path / "figures.json"
    result = CliRunner().invoke(main, ["calibrate", str(mixed(tmp_path)), "--json", str(figures), "--rows", str(rows)])
    assert result.exit_code == 0, result.output
    assert "found / missed" in result.output
    lines = [json.loads(line) for line in rows.read_text(encoding="ascii").splitlines()]
    assert {line["id"] for line in lines} == {f"r{n}" for n in (0, 1, 2, 3, 4, 5, 6, 7, 9)}
    assert all(set(line) == {"id", "score", "flagged", "spans"} and 0 <= line["score"] <= 1 for line in lines)
    assert next(line for line in lines if line["id"] == "r5")["flagged"]
    assert json.loads(figures.read_text())[0]["figures"]["auroc"]["value"] == 1.0


def test_nothing_to_check_has_the_lowest_score(tmp_path: Path) -> None:
    path, rows = written(tmp_path / "mine.jsonl", [row(1, "I don't know.", 1)]), tmp_path / "rows.jsonl"
    assert CliRunner().invoke(main, ["calibrate", str(path), "--rows", str(rows)]).exit_code == 0
    (line,) = map(json.loads, rows.read_text().splitlines())
    assert (line["score"], line["flagged"], line["spans"]) == (0.0, False, [])


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["calibrate", str(tmp_path / "absent.jsonl")])
    assert result.exit_code == 2
    assert "absent.jsonl" in result.output
