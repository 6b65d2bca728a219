"""Runs on disk: round trips, torn lines, and paid answers that are never asked twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import encoding, store
from harness.errors import RunFolderError
from harness.records import Answer, Call, Case, Evidence, Failure, Header, Passage, Question, Record, Score, Span, Spec

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Header(
    candidate="a",
    answerer=Spec(name="recorded", options={"model": "a"}),
    detector=Spec(name="lexical"),
    scorers=(Spec(name="groundedness"),),
    metrics=(),
    cases_digest="0",
    cases=3,
    planned=3,
)


def record(case_id: str = "s/a", text: str = "yes") -> Record:
    span = Span(
        start=0,
        end=1,
        label="echo",
        confidence=0.5,
        reason="r",
        evidence=Evidence(passage="p1", start=0, end=1, similarity=0.2),
    )
    return Record(
        case_id=case_id,
        answer=Answer(text=text, raw=text),
        scores=(Score(metric="m", value=None, spans=(span,), details={"a": [1, {"b": None}]}),),
        failures=(Failure(stage="detect", component="lexical", code="internal", message="m"),),
        calls=(Call(stage="answer", component="a"),),
    )


@given(st.text(alphabet=st.characters()))
def test_a_record_survives_the_file(text: str) -> None:
    original = record(text=text)
    assert encoding.decode(Record, json.loads(encoding.line(original))) == original


def test_a_lone_surrogate_survives() -> None:
    assert encoding.line(record(text="\ud800")).isascii()


def test_nan_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encoding.line(Score(metric="m", value=float("nan")))


def write(folder: Path, *records: Record) -> store.Journal:
    journal = store.Journal(folder, "a", HEADER)
    for one in records:
        journal.add(one)
    return journal


def test_header_then_one_line_a_record(tmp_path: Path) -> None:
    write(tmp_path, record("s/a"), record("s/b")).close(finished=True)
    run = store.read(tmp_path / "a.jsonl")
    assert run.header == replace(HEADER, model=None)
    assert [r.case_id for r in run.records] == ["s/a", "s/b"]
    assert [r.case_id for r in run.records] == ["s/a", "s/b"], "records can be read again"
    assert not (tmp_path / "a.part").exists()


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    write(tmp_path, record("s/a"), record("s/b")).close(finished=False)
    path = tmp_path / "a.jsonl"
    whole = path.read_bytes()
    for cut in range(1, 40):
        path.write_bytes(whole[:-cut])
        assert [r.case_id for r in store.read(path).records] == ["s/a"]
        journal = store.Journal(tmp_path, "a", HEADER)
        assert journal.done == {("s/a", 0)}
        journal.close(finished=False)


def test_a_file_torn_in_its_header_starts_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"candidate": "a"')
    with pytest.raises(RunFolderError, match="resume"):
        store.read(tmp_path / "a.jsonl")
    write(tmp_path, record("s/a")).close(finished=True)
    assert len(list(store.read(tmp_path / "a.jsonl").records)) == 1


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    write(tmp_path, record("s/a"), record("s/b")).close(finished=True)
    path = tmp_path / "a.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{broken", lines[2]]) + "\n")
    with pytest.raises(RunFolderError, match=r"a\.jsonl:2"):
        list(store.read(path).records)


def test_a_paid_answer_waits_for_its_score(tmp_path: Path) -> None:
    journal = write(tmp_path, record("s/a"))
    answer = Answer(text="t", raw="t", calls=(Call(stage="answer", component="a", prompt_tokens=3),))
    journal.paid("s/b", 0, answer)
    journal.close(finished=False)
    again = store.Journal(tmp_path, "a", HEADER)
    assert again.waiting("s/b", 0) == answer
    assert again.waiting("s/b", 0) is None
    assert again.waiting("s/a", 0) is None
    again.close(finished=False)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(encoding.line(replace(HEADER, schema=99)))
    with pytest.raises(RunFolderError, match="newer"):
        store.read(tmp_path / "a.jsonl")


def some_cases(count: int) -> list[Case]:
    passages = (Passage(id="p1", text="ü"),)
    return [Case(id=f"s/{n}", question=Question(id=str(n), query="q", passages=passages)) for n in range(count)]


def test_cases_round_trip(tmp_path: Path) -> None:
    cases = some_cases(3)
    store.write_cases(tmp_path / "cases.json.gz", cases, "d")
    assert store.read_cases(tmp_path / "cases.json.gz") == {c.id: c for c in cases}
    assert list(store.read_cases(tmp_path / "cases.json.gz", {"s/1"})) == ["s/1"]
    first = (tmp_path / "cases.json.gz").read_bytes()
    store.write_cases(tmp_path / "cases.json.gz", cases, "d")
    assert (tmp_path / "cases.json.gz").read_bytes() == first


def test_the_cases_of_a_killed_run_are_found_as_far_as_they_were_drawn(tmp_path: Path) -> None:
    cases = some_cases(4)
    path = tmp_path / "cases.json.gz"
    writer = store.CasesWriter(path, "d")
    for one in cases:
        writer.add(one)
    assert store.read_cases(path) == {c.id: c for c in cases}
    beside = path.with_name(".cases.json.gz.tmp")
    whole = beside.read_bytes()
    killed = tmp_path / "killed"
    killed.mkdir()
    for size in range(len(whole)):  # torn anywhere
        (killed / beside.name).write_bytes(whole[:size])
        found = list(store.read_cases(killed / path.name))
        assert found == [c.id for c in cases][: len(found)]
    writer.close()
    assert store.read_cases(path) == {c.id: c for c in cases}
    assert not beside.exists()
