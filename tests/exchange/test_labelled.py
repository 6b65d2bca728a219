"""Labelled files: this project's schema, plain or packed, and RAGTruth's own format; every mistake with its line."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import UsageError
from harness.exchange import labelled

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"id": "a", "contexts": ["The pump starts at nine."], "answer": "It starts at nine.", "label": 1}


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_plain_and_packed_files_read_alike(tmp_path: Path) -> None:
    plain = written(tmp_path / "mine.jsonl", ROW)
    packed = tmp_path / "mine.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(labelled.rows(plain)) == list(labelled.rows(packed)) == [{"source": "mine", **ROW}]


def test_ragtruths_own_format(tmp_path: Path) -> None:
    responses = [
        {"id": "1", "source_id": "7", "response": "It is red.", "labels": [{"start": 6, "end": 9, "text": "red"}]},
        {"id": "2", "source_id": "8", "response": "Open.", "labels": []},
        {"id": "3", "source_id": "9", "response": "A summary.", "labels": []},
    ]
    written(
        tmp_path / "source_info.jsonl",
        {
            "source_id": "7",
            "task_type": "QA",
            "source_info": {"question": "Which colour?", "passages": "passage 1:Blue.\n\npassage 2:It is blue."},
        },
        {"source_id": "8", "task_type": "Data2txt", "source_info": {"name": "Inn", "hours": {"Monday": "9-5"}}},
        {"source_id": "9", "task_type": "Summary", "source_info": "A long text."},
    )
    qa, data, summary = labelled.rows(written(tmp_path / "response.jsonl", *responses))
    assert (qa["query"], qa["contexts"], qa["label"]) == ("Which colour?", ["Blue.", "It is blue."], 0)
    assert qa["spans"] == [{"start": 6, "end": 9}]
    assert (data["task"], data["contexts"], data["label"]) == ("data2txt", ["name: Inn\nhours Monday: 9-5"], 1)
    assert (summary["task"], summary["contexts"]) == ("summary", ["A long text."])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "a"}', "mine.jsonl:1: needs 'id', 'contexts' and 'answer'"),
        ('\n{"id": ', "not JSON lines"),
        ("[1]", "mine.jsonl:1: must be an object"),
        ('{"id": "1", "source_id": "7", "response": "x", "labels": []}', "source_info.jsonl: cannot be read"),
    ],
)
def test_a_mistake_is_said_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        list(labelled.rows(path))
