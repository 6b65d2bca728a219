"""A judge in a whole run: every metric reads its verdicts, and the run file says who judged."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

import harness
from harness.errors import UsageError
from harness.testing import ScriptedJudge, ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path

    from harness.records import Run

SUITE = """\
suite: kilns
cases:
  - id: north
    query: How hot does the north kiln fire?
    contexts: [The north kiln fires at 900 degrees.]
    answers:
      - {model: right, text: The north kiln fires at 900 degrees.}
      - {model: wrong, text: The north kiln fires at 1200 degrees.}
"""


def judged(folder: Path, script: ScriptedJudge, options: str = "") -> dict[str, Run]:
    suite = folder / "kilns.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    with ScriptedServer(script) as server:
        detector = f"judge:m?base_url={server.base_url}&retries=0{options}"
        runs = harness.run(suite, ["recorded"], detector=detector)
    return {run.header.candidate: run for run in runs}


def test_scores_calls_and_digest_of_a_judged_run(tmp_path: Path) -> None:
    runs = judged(tmp_path, ScriptedJudge())
    for name, value in (("right", 1.0), ("wrong", 0.0)):
        (record,) = runs[name].records
        scores = {score.metric: score.value for score in record.scores}
        assert scores["groundedness"] == value
        assert (record.failures, len(record.calls)) == ((), 1)
    digest = runs["right"].header.detector_digest
    assert digest is not None
    again = judged(tmp_path, ScriptedJudge())
    other = judged(tmp_path, ScriptedJudge(), "&temperature=1")
    assert again["right"].header.detector_digest == digest
    assert other["right"].header.detector_digest != digest
    same = dataclasses.replace(runs["right"].header, detector_digest="another prompt")
    with pytest.raises(UsageError, match="different detectors"):
        harness.compare(runs["right"], dataclasses.replace(runs["wrong"], header=same))
    harness.compare(runs["right"], runs["wrong"])


def test_a_judge_that_says_yes_to_everything_is_a_failure_and_no_score(tmp_path: Path) -> None:
    (record,) = judged(tmp_path, ScriptedJudge(lambda _: "supported"))["wrong"].records
    assert record.failures[0].code in {"control_failed", "verdict_missing"}
    assert record.calls
    assert not [score for score in record.scores if score.metric in {"groundedness", "hallucination"}]
