"""Logs of RAG prompts, one or many in a file, as text or JSON, become cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.exchange.prompt_log import imported

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

PROMPT = "Use the following context. Answer in at most 30 words.\n\n{context}\n\nQuestion: {question}\nHelpful Answer:"
FIRST = PROMPT.format(context="The pump starts at nine.\n\nLids are blue.", question="When does it start?")
SECOND = PROMPT.format(context="The valve is made of brass.", question="What is the valve made of?")


@pytest.mark.parametrize("rule", ["\n", "\n\n", "\n---\n", "\n\n==========\n\n"])
def test_many_logs_in_one_file(rule: str) -> None:
    found = imported(f"{FIRST} At nine.{rule}{SECOND} Brass.\nNot steel.{rule}", model="m")
    first, second = found.entries
    assert first["contexts"] == ["The pump starts at nine.", "Lids are blue."]
    assert first["limits"] == {"max_words": 30}
    assert first["answers"] == [{"model": "m", "text": "At nine."}]
    assert second["query"] == "What is the valve made of?"
    assert second["answers"] == [{"model": "m", "text": "Brass.\nNot steel."}]
    assert first["id"] != second["id"]


def test_a_line_that_stands_twice_in_one_log_cuts_nothing() -> None:
    found = imported(f"Note\n{FIRST} At nine.\nNote\nThat is all.", model="m")
    (entry,) = found.entries
    assert entry["answers"][0]["text"] == "At nine.\nNote\nThat is all."


def test_json_logs(harness: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    logs = [
        {"prompt": FIRST, "completion": "At nine.", "model": "large", "latency_ms": 40},
        {"messages": [{"role": "system", "content": "Use the following context.\n\nIt is red."},
                      {"role": "user", "content": "Question: Which colour?"}], "response": "Red."},
        {"text": f"{SECOND} Brass."},
    ]  # fmt: skip
    (tmp_path / "logs.jsonl").write_text("".join(json.dumps(log) + "\n" for log in logs), encoding="utf-8")
    done = harness("import", "prompt-log", "logs.jsonl", "-o", "logs.yaml", "--model", "mine")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "not mapped: field 'latency_ms' (1)\n"
    found = imported(json.dumps(logs), model="mine").entries
    assert [entry["answers"] for entry in found] == [
        [{"model": "large", "text": "At nine."}],
        [{"model": "mine", "text": "Red."}],
        [{"model": "mine", "text": "Brass."}],
    ]
    assert found[1]["contexts"] == ["It is red."]
    assert harness("cases", "check", "logs.yaml").stdout == "3 cases in 1 suite, no mistake\n"


def test_what_is_no_log_is_said_with_its_number() -> None:
    with pytest.raises(UsageError, match="log 2: not a prompt log"):
        imported(json.dumps([{"prompt": FIRST, "answer": "At nine."}, {"prompt": "Hello", "answer": "Hi"}]), model="m")
    with pytest.raises(UsageError, match="needs one of prompt, messages"):
        imported('{"answer": "x"}', model="m")
