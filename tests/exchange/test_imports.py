"""Foreign files, written after the public schemas, become suites that load; what has no place is listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases import load
from harness.errors import UsageError
from harness.exchange import read
from harness.exchange.rows import imported, read_csv, read_objects

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from harness.exchange.imported import Imported
    from harness.records import Case

RAGAS: list[dict[str, Any]] = [
    {
        "user_input": "When does the pump start?",
        "retrieved_contexts": ["The pump starts at nine.", "The valve is made of brass."],
        "reference_contexts": ["The pump starts at nine."],
        "response": "At nine.",
        "reference": "The pump starts at nine.",
        "rubrics": {"score1_description": "wrong"},
    },
    {
        "user_input": [
            {"type": "human", "content": "What is this?"},
            {"type": "ai", "content": "A pump."},
            {"type": "human", "content": "Who owns it?"},
        ],
        "retrieved_contexts": [],
        "reference": None,
    },
]
DEEPEVAL = [
    {
        "input": "When does the pump start?",
        "actual_output": "At nine.",
        "expected_output": "At nine o'clock.",
        "context": ["The pump starts at nine."],
        "retrieval_context": ["The pump starts at nine.", "The valve is made of brass."],
        "name": "start time",
        "tools_called": [{"name": "search"}],
    },
    {"input": "Who owns it?", "actual_output": "Maria.", "expected_output": None, "retrieval_context": ["A pump."]},
]
PROMPTFOO = """\
prompts: [file://prompt.txt]
providers: [openai:gpt-x]
defaultTest:
  assert: [{type: not-contains, value: as an AI}]
tests:
  - description: start time
    vars: {question: "When does the pump start?", context: The pump starts at nine., tone: dry}
    assert:
      - {type: icontains, value: nine}
      - {type: contains-any, value: [morning, "9"]}
      - {type: factuality, value: The pump starts at nine.}
      - {type: llm-rubric, value: is polite}
      - {type: contains, value: "{{expected}}"}
  - vars: {query: Give it as JSON, contexts: [One., Two.]}
    assert: [{type: is-json}, {type: regex, value: "^[{]"}]
    threshold: 0.5
  - vars: {query: "Who owns it?", context: A pump.}
    assert: [{type: is-refusal}]
"""
CSV = """\
Frage;contexts;reference;answerable;max_words;answer;model;note
When?;"[""One."", ""Two.""]";Nine.;true;20;At nine.;a;x
When?;"[""One."", ""Two.""]";Nine.;true;20;At ten.;b;
Who?;A single passage;;perhaps;few;;;
;Nothing;;;;;;
"""


def cases(found: Imported, tmp_path: Path) -> list[Case]:
    path = tmp_path / "imported.yaml"
    path.write_text(found.suite("imported", "a file"), encoding="utf-8")
    return list(load([path]))


def test_ragas(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in RAGAS), encoding="utf-8")
    found = read("ragas", path, columns={}, model="mine")
    first, second = cases(found, tmp_path)
    assert first.question.query == "When does the pump start?"
    assert [p.text for p in first.question.passages] == RAGAS[0]["retrieved_contexts"]
    assert first.references == ("The pump starts at nine.",)
    assert [(a.model, a.text) for a in first.answers] == [("mine", "At nine.")]
    assert second.question.query == "Who owns it?"
    assert [(t.role, t.text) for t in second.question.history] == [("user", "What is this?"), ("assistant", "A pump.")]
    assert dict(found.left) == {"column 'reference_contexts'": 1, "column 'rubrics'": 1}


def test_deepeval(tmp_path: Path) -> None:
    path = tmp_path / "tests.json"
    path.write_text(json.dumps(DEEPEVAL), encoding="utf-8")
    found = read("deepeval", path, columns={}, model="m")
    first, second = cases(found, tmp_path)
    assert (first.id, second.id) == ("imported/start-time", "imported/case-2")
    assert len(first.question.passages) == 2
    assert first.references == ("At nine o'clock.",)
    assert second.references == ()
    assert dict(found.left) == {"column 'context'": 1, "column 'tools_called'": 1}


def test_promptfoo(tmp_path: Path) -> None:
    path = tmp_path / "promptfooconfig.yaml"
    path.write_text(PROMPTFOO, encoding="utf-8")
    found = read("promptfoo", path, columns={}, model="m")
    first, second, third = cases(found, tmp_path)
    assert first.id == "imported/start-time"
    assert first.expect is not None
    assert first.expect.mentions == (("nine",), ("morning", "9"))
    assert first.expect.avoids == (("as an AI",),)
    assert first.references == ("The pump starts at nine.",)
    assert second.format is not None
    assert (second.format.json, second.format.regex) == (True, "^[{]")
    assert [p.text for p in second.question.passages] == ["One.", "Two."]
    assert third.answerable == "no"
    assert set(found.left) == {
        "'prompts' (they are candidates: name them with -a)",
        "'providers' (they are candidates: name them with -a)",
        "variable 'tone'",
        "assertion 'llm-rubric'",
        "assertion 'contains' on a file or a variable",
        "'threshold' of a test",
    }


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(CSV, encoding="utf-8")
    found = read("csv", path, columns={"query": "Frage"}, model="m")
    first, second = cases(found, tmp_path)
    assert [(a.model, a.text) for a in first.answers] == [("a", "At nine."), ("b", "At ten.")]
    assert first.answerable == "yes"
    assert first.limits is not None
    assert first.limits.max_words == 20
    assert [p.text for p in second.question.passages] == ["A single passage"]
    assert set(found.left) == {
        "column 'note'", "answerable 'perhaps'", "max_words 'few'", "an entry without a question",
    }  # fmt: skip


@given(
    st.lists(
        st.fixed_dictionaries(
            {"query": st.text(min_size=1), "contexts": st.lists(st.text(min_size=1)), "answer": st.text()}
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]) -> None:
    wanted = [row for row in rows if str(row["query"]).strip()]
    found = imported(read_objects(json.dumps(rows)), columns={}, model="m")
    if not wanted:
        return
    loaded = cases(found, tmp_path_factory.mktemp("any"))
    seen = {(case.question.query, tuple(p.text for p in case.question.passages)) for case in loaded}
    assert seen == {(row["query"], tuple(row["contexts"])) for row in wanted}  # type: ignore[arg-type]  # rows of several shapes


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("jsonl", '{"query": "a"}\n[1]\n', "line 2: list where an object must stand"),
        ("jsonl", '{"query": "a"}\n{oops\n', "line 2: not JSON"),
        ("jsonl", "[1, 2]", "must hold a list of objects"),
        ("csv", "", "the file is empty"),
        ("promptfoo", "tests: file://tests.csv\n", "no list of 'tests' here"),
        ("promptfoo", "tests: [", "not readable as YAML"),
        ("deepeval", "[]", "no entry became a case"),
        ("jsonl", '{"frage": "a"}\n', "Seen: column 'frage'"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_written(
    harness: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, kind: str, text: str, said: str
) -> None:
    (tmp_path / "file").write_text(text, encoding="utf-8")
    done = harness("import", kind, "file", "-o", "out.yaml")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "out.yaml").exists()


def test_a_run_exported_and_imported_is_the_same_cases(
    harness: Callable[..., subprocess.CompletedProcess[str]], suite: Path, tmp_path: Path
) -> None:
    assert harness("run", suite, "-a", "recorded", "-o", "run").returncode == 0
    before = {case.question.query: case for case in load([suite])}
    for form, ending in (("csv", "csv"), ("jsonl", "jsonl"), ("ragas", "jsonl")):
        assert harness("export", form, "run", "-o", f"{form}.{ending}").returncode == 0
        done = harness("import", form, f"{form}.{ending}", "-o", f"{form}.yaml")
        assert done.returncode == 0, done.stderr
        after = {case.question.query: case for case in load([tmp_path / f"{form}.yaml"])}
        assert set(after) == set(before)
        for query, case in after.items():
            old = before[query]
            assert [p.text for p in case.question.passages] == [p.text for p in old.question.passages]
            assert case.references == old.references
            assert {(a.model, a.text) for a in case.answers} == {(a.model, a.text) for a in old.answers}
            assert form == "ragas" or case.answerable == old.answerable


def test_exports_hold_the_scores(harness: Callable[..., subprocess.CompletedProcess[str]], suite: Path) -> None:
    harness("run", suite, "-a", "recorded", "-o", "run")
    rows = read_csv(harness("export", "csv", "run").stdout)
    assert [(row["candidate"], row["case_id"]) for row in rows] == [
        ("bad", "pumps/owner"), ("bad", "pumps/start"), ("good", "pumps/owner"), ("good", "pumps/start"),
    ]  # fmt: skip
    assert rows[1]["groundedness"] == "0.5"
    assert rows[1]["groundedness_passed"] == "False"
    assert rows[2]["groundedness"] == ""
    lines = read_objects(harness("export", "jsonl", "run").stdout)
    assert lines[1]["scores"]["groundedness"]["value"] == 0.5
    start, end = lines[1]["spans"][0]["start"], lines[1]["spans"][0]["end"]
    assert "flux sensor" in lines[1]["answer"][start:end]
    sample = read_objects(harness("export", "ragas", "run").stdout)[0]
    assert set(sample) >= {"user_input", "retrieved_contexts", "response"}


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(UsageError, match="no such field"):
        imported([{"a": "b"}], columns={"queri": "a"}, model="m")


def test_parquet_holds_what_jsonl_holds(
    harness: Callable[..., subprocess.CompletedProcess[str]], suite: Path, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="no pyarrow: pip install '.[parquet]'")
    harness("run", suite, "-a", "recorded", "-o", "run")
    assert harness("export", "parquet", "run").returncode == 2
    assert harness("export", "parquet", "run", "-o", "run.parquet").returncode == 0
    assert harness("export", "parquet", "run", "-o", "run.parquet").returncode == 2
    rows = parquet.read_table(tmp_path / "run.parquet").to_pylist()
    lines = read_objects(harness("export", "jsonl", "run").stdout)
    for row, line in zip(rows, lines, strict=True):
        for metric, score in line.pop("scores").items():
            assert row[metric] == score["value"]
            assert row[f"{metric}_passed"] == score["passed"]
        spans = [
            {key: span[key] for key in ("start", "end", "label", "confidence", "reason")} for span in line.pop("spans")
        ]
        assert row["spans"] == spans
        assert {key: row[key] for key in line} == line
