"""Hugging Face data sets: rows written after the public schemas become suites, and runs become a `Dataset`."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

import harness as package
from harness.cases import load
from harness.errors import UsageError
from harness.exchange import dataset_entries, hub, mapping

if os.environ.get("HARNESS_DATASETS") != "required":
    pytest.importorskip("datasets", reason="no datasets: pip install '.[datasets]'")
import datasets

if TYPE_CHECKING:
    from pathlib import Path

    from harness.records import Case

ANSWER = "The pump starts at nine. It was built in Oslo. It is painted red."
CONTEXT = "The pump starts at nine. It is painted blue."
LABELS = [
    {"start": 25, "end": 46, "text": "It was built in Oslo.", "meta": "", "label_type": "Evident Baseless Info",
     "implicit_true": False, "due_to_null": False},
    {"start": 61, "end": 64, "text": "red", "meta": "", "label_type": "Subtle Conflict",
     "implicit_true": False, "due_to_null": False},
]  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "ragtruth": [
        {"id": "1", "query": "When does the pump start?", "context": CONTEXT, "output": ANSWER, "task_type": "QA",
         "quality": "good", "model": "gpt-x", "temperature": 0.7, "hallucination_labels": json.dumps(LABELS)},
        {"id": "2", "query": "When does the pump start?", "context": CONTEXT, "output": "At nine.", "task_type": "QA",
         "quality": "good", "model": "other", "temperature": 1.0, "hallucination_labels": "[]"},
    ],
    "squad2": [
        {"id": "a1", "title": "Pumps", "context": CONTEXT, "question": "When does it start?",
         "answers": {"text": ["at nine", "nine", "at nine"], "answer_start": [16, 19, 16]}},
        {"id": "a2", "title": "Pumps", "context": CONTEXT, "question": "Who built it?",
         "answers": {"text": [], "answer_start": []}},
    ],
    "halubench": [
        {"id": "h1", "passage": CONTEXT, "question": "Which colour?", "answer": "Red.", "label": "FAIL", "source_ds": "x"},
        {"id": "h2", "passage": CONTEXT, "question": "Which colour?", "answer": "Blue.", "label": "PASS", "source_ds": "y"},
    ],
    "ragbench": [
        {"id": "r1", "question": "Which colour?", "documents": [CONTEXT, "Another page."], "response": "Red.",
         "generation_model_name": "gpt-x", "annotating_model_name": "gpt-y", "dataset_name": "manuals",
         "adherence_score": False, "overall_supported": False},
        {"id": "r2", "question": "Which colour?", "documents": [CONTEXT], "response": "Blue.",
         "generation_model_name": "gpt-x", "annotating_model_name": "gpt-y", "dataset_name": "manuals",
         "adherence_score": True, "overall_supported": True},
    ],
    "nomiracl": [
        {"query_id": "q1", "query": "Which colour?", "positive_passages": [{"docid": "1#0", "title": "T", "text": CONTEXT}],
         "negative_passages": [{"docid": "2#0", "title": "U", "text": "Lids are round."}]},
        {"query_id": "q2", "query": "Who built it?", "positive_passages": [],
         "negative_passages": [{"docid": "2#0", "title": "U", "text": "Lids are round."}]},
    ],
    "ragas": [
        {"user_input": "Which colour?", "retrieved_contexts": [CONTEXT], "response": "Blue.", "reference": "It is blue."},
        {"user_input": "Who built it?", "retrieved_contexts": [CONTEXT], "response": "Nobody.", "reference": "Unknown."},
    ],
}  # fmt: skip
FAITHBENCH = {
    "samples": [
        {"sample_id": 0, "source": CONTEXT, "summary": ANSWER, "metadata": {"summarizer": "gpt-x", "raw_sample_id": 7},
         "annotations": [
             {"annot_id": 1, "sample_id": 0, "annotator": "a", "label": ["Unwanted", "Unwanted.Intrinsic"], "note": "",
              "summary_span": "red", "summary_start": 61, "summary_end": 64, "source_span": None},
             {"annot_id": 2, "sample_id": 0, "annotator": "b", "label": ["Benign"], "note": "",
              "summary_span": "The pump", "summary_start": 0, "summary_end": 8, "source_span": None},
         ]},
        {"sample_id": 1, "source": CONTEXT, "summary": "At nine.", "metadata": {"summarizer": "other"}, "annotations": []},
    ]
}  # fmt: skip


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let nothing reach the network, and keep every cache in a temporary folder."""

    def refuse(*_: object, **__: object) -> None:
        msg = "a local data set went to the network"
        raise AssertionError(msg)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


def cases(source: Path, how: str, **options: Any) -> tuple[list[Case], dict[str, int]]:
    entries: list[dict[str, Any]] = []
    left: dict[str, int] = {}
    for entry, found in dataset_entries(str(source), how, **options):
        entries.append(entry)
        left = found.left
    path = source.parent / "out.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return list(load([path])), dict(left)


def written(rows: list[dict[str, Any]], form: str, folder: Path) -> Path:
    held = datasets.Dataset.from_list(rows)
    path = folder / f"rows.{form}"
    if form == "arrow":
        held.save_to_disk(str(path))
    elif form == "parquet":
        held.to_parquet(str(path))
    elif form == "csv":
        held.to_csv(str(path), index=False)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["parquet", "jsonl", "arrow"])
@pytest.mark.parametrize("preset", ROWS)
def test_presets_read_rows_of_the_public_schemas(preset: str, form: str, tmp_path: Path) -> None:
    first, second = cases(written(ROWS[preset], form, tmp_path), preset)[0]
    assert CONTEXT in [passage.text for passage in first.question.passages]
    if preset == "ragtruth":
        labels = first.answers[0].labels
        assert labels is not None
        assert labels.faithful is False
        assert [(s.quote, s.label) for s in labels.spans] == [
            ("It was built in Oslo.", "baseless"),
            ("red", "conflict"),
        ]
        assert second.answers[0].model == "other"
        assert second.answers[0].labels is not None
        assert second.answers[0].labels.faithful is True
        assert first.tags == ("QA",)
    elif preset in {"squad2", "nomiracl"}:
        assert (first.answerable, second.answerable) == ("yes", "no")
        assert preset == "nomiracl" or first.references == ("at nine", "nine")
    elif preset in {"halubench", "ragbench"}:
        assert [case.answers[0].labels.faithful for case in (first, second) if case.answers[0].labels] == [False, True]
    else:
        assert (first.references, first.answers[0].text) == (("It is blue.",), "Blue.")


def test_faithbench(tmp_path: Path) -> None:
    path = tmp_path / "batch_1.json"
    path.write_text(json.dumps(FAITHBENCH), encoding="utf-8")
    (first, second), left = cases(path, "faithbench")
    assert first.question.query == "Summarise the passage."
    assert first.answers[0].model == "gpt-x"
    labels, clean = first.answers[0].labels, second.answers[0].labels
    assert labels is not None
    assert [(span.quote, span.label) for span in labels.spans] == [("red", "conflict")]
    assert clean is not None
    assert clean.faithful is True
    assert left == {"a span labelled Benign": 1}


def test_every_preset_is_tested_and_documented() -> None:
    assert set(mapping.presets()) == {*ROWS, "faithbench"}


def test_what_has_no_place_is_listed(tmp_path: Path) -> None:
    _, left = cases(written(ROWS["ragbench"], "jsonl", tmp_path), "ragbench")
    assert left == {"column 'annotating_model_name'": 2, "column 'overall_supported'": 2}


def test_a_mapping_of_your_own(harness: Any, tmp_path: Path) -> None:
    (tmp_path / "how.yaml").write_text(
        "query: frage\ncontexts: [quellen.text]\nanswer: antwort\nmodel: von\n"
        "answerable: {path: loesbar, values: {ja: yes, nein: no}}\nignore: [laufnummer]\n"
    )
    rows = [
        {"frage": f"Frage {n}?", "quellen": [{"text": CONTEXT}], "antwort": "Um neun.", "von": "m", "loesbar": "ja",
         "laufnummer": n, "notiz": "x"} for n in range(3)
    ]  # fmt: skip
    path = written(rows, "parquet", tmp_path)
    for name in ("out.yaml", "out.jsonl"):
        done = harness("import", "dataset", path, "--mapping", "how.yaml", "-o", name, "--limit", "2")
        assert done.returncode == 0, done.stderr
        assert done.stderr == "not mapped: column 'notiz' (2)\n"
        held = list(load([tmp_path / name]))
        assert [case.question.query for case in held] == ["Frage 0?", "Frage 1?"]
        assert [case.answerable for case in held] == ["yes", "yes"]
    assert harness("run", "out.jsonl", "-a", "recorded", "-o", "run").returncode == 0


def test_csv_and_splits_and_folders(tmp_path: Path) -> None:
    rows = [{"question": f"Q{n}?", "contexts": CONTEXT, "answer": "A.", "ground_truth": "B."} for n in range(4)]
    assert len(cases(written(rows, "csv", tmp_path), "ragas")[0]) == 4
    both = datasets.DatasetDict({"dev": datasets.Dataset.from_list(rows[:1]), "test": datasets.Dataset.from_list(rows)})
    both.save_to_disk(str(tmp_path / "both"))
    assert len(cases(tmp_path / "both", "ragas", split="test")[0]) == 4
    with pytest.raises(UsageError, match=r"splits dev, test\. Name one"):
        cases(tmp_path / "both", "ragas")
    with pytest.raises(UsageError, match="no split 'train'"):
        cases(tmp_path / "both", "ragas", split="train")
    shards = tmp_path / "shards"
    shards.mkdir()
    for n in range(2):
        datasets.Dataset.from_list(rows[2 * n : 2 * n + 2]).to_parquet(str(shards / f"{n}.parquet"))
    assert len(cases(shards, "ragas")[0]) == 4


def test_rows_stream(tmp_path: Path) -> None:
    path = written([{"question": f"Q{n}?", "contexts": CONTEXT} for n in range(50_000)], "jsonl", tmp_path)
    entries = dataset_entries(str(path), "ragas")
    entry, found = next(entries)
    assert entry["query"] == "Q0?"
    assert len(found.entries) <= 1
    assert len(list(entries)) == 49_999
    assert not found.entries


@pytest.mark.parametrize(
    ("name", "text", "how", "said"),
    [
        ("rows.xlsx", "x", "ragas", "must be .parquet"),
        ("rows.jsonl", "{oops", "ragas", "cannot be read as a data set"),
        ("rows.jsonl", "{}", "unheard-of", "Presets: faithbench"),
        ("rows.jsonl", "{}", "bad.yaml", "quer: extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_said(name: str, text: str, how: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "bad.yaml").write_text("quer: x\n")
    with pytest.raises(UsageError, match=said):
        list(dataset_entries(str(tmp_path / name), str(tmp_path / how) if how.endswith("yaml") else how))


def test_a_run_is_a_dataset(harness: Any, suite: Path, tmp_path: Path) -> None:
    assert harness("run", suite, "-a", "recorded", "-o", "run").returncode == 0
    held = package.read_run(tmp_path / "run" / "bad.jsonl").to_dataset()
    assert isinstance(held, datasets.Dataset)
    assert held["case_id"] == ["pumps/owner", "pumps/start"]
    start = held[1]
    assert start["groundedness"] == 0.5
    assert start["groundedness_passed"] is False
    assert start["contexts"][0].startswith("The pump starts at nine.")
    span = start["spans"][0]
    assert "flux sensor" in start["answer"][span["start"] : span["end"]]
    held.to_parquet(str(tmp_path / "run.parquet"))
    assert datasets.Dataset.from_parquet(str(tmp_path / "run.parquet"), cache_dir=str(tmp_path / "c"))[1] == start
    (run,) = package.run(suite, ["extractive"])
    assert run.to_dataset(load([suite]))["query"] == ["Who owns the pump?", "When does the pump start?"]
    assert run.to_dataset()["query"] == [None, None]
    assert set(hub.to_dataset(run).features) == set(run.to_dataset().features)
