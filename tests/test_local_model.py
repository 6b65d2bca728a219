"""The whole chain against a real model: prompts, endpoint, scores, report. Needs the extra `local`; see the manual."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from harness.errors import MissingExtraError
from harness.testing.local_model import LocalModel, model_file

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Harness = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_two_local_candidates_are_compared(harness: Harness, suite: Path, tmp_path: Path) -> None:
    try:
        model_file()
    except MissingExtraError as error:
        pytest.skip(str(error))
    with LocalModel() as model:
        spec = f"openai:smollm2?base_url={quote(model.base_url, safe='')}&temperature=0&max_tokens=60&stream=true"
        done = harness(
            "run", suite, "-a", f"{spec}&prompt=grounded", "-a", f"{spec}&prompt=chat", "-c", "2", "-o", "out"
        )
        assert done.returncode == 0, done.stderr
    paths = sorted((tmp_path / "out").glob("*.jsonl"))
    assert len(paths) == 2
    for path in paths:
        _, *records = [json.loads(line) for line in path.read_text().splitlines()]
        for record in records:
            assert record["answer"]["text"]
            assert record["answer"]["first_token"] > 0
            assert record["answer"]["completion_tokens"] > 0
            assert {score["metric"] for score in record["scores"]} >= {"groundedness", "hallucination", "refusal"}
    assert "first token p50" in (tmp_path / "out" / "report.md").read_text()
