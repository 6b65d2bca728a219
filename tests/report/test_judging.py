"""Tables on who decided and how far that can be trusted, and the page on which two judges are held side by side."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

import harness
from harness import job
from harness.records import Answer, Call, Header, Record, Run, Score, Spec
from harness.report.disagreement import disagreement, render
from harness.report.judging import judging_tables
from harness.studies import labelling
from harness.summary import judging_notes, summarise
from harness.testing import ScriptedJudge, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUITE = """\
suite: kilns
cases:
  - id: north
    query: How hot does the north kiln fire?
    contexts: [The north kiln fires at 900 degrees. Glaze is added on Fridays.]
    answers:
      - {model: gpt-x, text: The north kiln fires at 900 degrees. It was built in Delft by monks.}
  - id: south
    query: When is glaze added?
    contexts: [The north kiln fires at 900 degrees. Glaze is added on Fridays.]
    answers:
      - model: gpt-x
        text: Glaze is added on Fridays. The potters sing all day.
        labels: {spans: [{quote: The potters sing all day., label: baseless}]}
"""


def header(**given: Any) -> Header:
    base = Header(
        candidate="gpt-4o", answerer=Spec(name="openai", target="gpt-4o"), detector=Spec(name="judge", target="gpt-4o-mini"),
        scorers=(), metrics=(), cases_digest="", cases=1, planned=1,
    )  # fmt: skip
    return dataclasses.replace(base, **given)


def sentence(
    start: int, end: int, verdict: str | None, votes: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    kind = "other" if verdict is None else "claim"
    return {"start": start, "end": end, "kind": kind, "verdict": verdict, "votes": dict(votes or {})}


def record(case_id: str, sentences: list[Any], *, calls: int = 0, **details: Any) -> Record:
    score = Score(metric="groundedness", value=1.0, details={"sentences": sentences})
    other = [Score(metric=name.replace("__", ":"), value=1.0, details=one) for name, one in details.items()]
    call = Call(stage="detect", component="judge:m", cost=0.02)
    answer = Answer(text="Bowls dry for two days. The kiln is hot. Thanks!")
    return Record(case_id=case_id, answer=answer, scores=(score, *other), calls=(call,) * calls)


def test_a_cascade_says_who_decided_and_what_was_saved() -> None:
    first, judge = {"lexical": "supported"}, {"judge:m": "unsupported"}
    records = [
        record("a", [sentence(0, 23, "supported", first), sentence(24, 40, "unsupported", judge)], calls=1),
        record("b", [sentence(0, 23, "supported", first), sentence(24, 40, "supported", first)]),
    ]
    (table,) = judging_tables(summarise([Run(header=header(), records=records)], title="t"))
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert (cells["lexical"], cells["judge:m"]) == ("75.0%", "25.0%")
    assert (cells["answers asked about"], cells["calls"], cells["saved"]) == ("1 of 2", "1", "1")
    assert (cells["cost"], cells["saved cost"]) == ("$0.0200", "$0.0200")


def test_a_panel_says_how_far_its_members_agree() -> None:
    votes = [
        {"judge:a": "supported", "judge:b": "supported", "judge:c": "supported"},
        {"judge:a": "unsupported", "judge:b": "unsupported", "judge:c": "supported"},
    ]
    sentences = [sentence(0, 23, "supported", votes[0]), sentence(24, 40, "unsupported", votes[1])]
    (table,) = judging_tables(summarise([Run(header=header(), records=[record("a", sentences)])], title="t"))
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert (cells["claims"], cells["agreed"], cells["split"]) == ("2", "50.0%", "1")
    assert (cells["judge:a"], cells["judge:c"]) == ("50.0%", "0.0%")


@pytest.mark.parametrize(
    ("candidate", "detector", "kin"),
    [
        ("gpt-4o", Spec(name="judge", target="gpt-5-mini"), "OpenAI"),
        ("meta-llama/Llama-3.3-70B", Spec(name="cascade", target="lexical,judge:llama3:8b"), "Meta"),
        ("claude-x", Spec(name="panel", target="judge:gpt-4o,judge:claude-y,judge:qwen3"), "Anthropic"),
        ("gpt-4o", Spec(name="judge", target="claude-y"), None),
        ("mine", Spec(name="judge", target="other"), None),
        ("phinance-7b", Spec(name="judge", target="phi-4"), None),
    ],
)
def test_a_judge_of_the_candidate_s_own_family_is_flagged(candidate: str, detector: Spec, kin: str | None) -> None:
    answerer = Spec(name="openai", target=candidate)
    found = judging_notes(header(candidate=candidate, answerer=answerer, detector=detector), ())
    assert any("its own family" in note for note in found) is (kin is not None)
    assert kin is None or kin in found[0]
    assert "nobody labelled" in found[-1]


def test_the_offline_detector_is_no_judge() -> None:
    assert judging_notes(header(detector=Spec(name="lexical")), ()) == ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    suite = tmp_path / "kilns.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    with ScriptedServer(ScriptedJudge()) as server:
        detector = f"cascade:lexical,judge:gpt-mini?base_url={server.base_url}&retries=0"
        harness.run(suite, ["recorded"], folder=tmp_path / "run", detector=detector)
    return tmp_path / "run"


def test_the_main_report_shows_stages_labels_and_corrected_rates(folder: Path) -> None:
    for item in labelling.items(folder)[:1]:
        labelling.append(folder, item, "supported")
    summary = job.finish(folder)
    (candidate,) = summary.candidates
    assert candidate.judging is not None
    assert candidate.trust is not None
    assert sum(candidate.judging.decided.values()) == candidate.judging.claims == 4
    assert candidate.trust.labels in {2, 3}  # two claims of the labelled case, and the one by hand
    page = (folder / "report.md").read_text(encoding="utf-8")
    for said in (
        "Cascade: share of the claims",
        "by detector and by hand",
        "corrected (PPI)",
        "its own family (OpenAI)",
    ):
        assert said in page
    assert "nobody labelled" not in page
    assert "corrected (PPI)" in (folder / "report.html").read_text(encoding="utf-8")


def test_where_ragas_and_ours_differ_is_said_sentence_by_sentence() -> None:
    claims = [
        {"statement": "Bowls dry for two days.", "verdict": 0, "reason": ""},
        {"statement": "The kiln is hot.", "verdict": 1, "reason": ""},
    ]
    sentences = [sentence(0, 23, "supported"), sentence(24, 40, "supported"), sentence(41, 48, None)]
    run = Run(header=header(), records=[record("s/<a>", sentences, ragas__faithfulness={"judged": [claims]})])
    found = list(disagreement([run]))
    assert [(one.ours, one.theirs, one.differs) for one in found] == [
        (True, False, True), (True, True, False), (None, None, False),
    ]  # fmt: skip
    page = render(found)
    assert "3 sentences; both judged 2, and differ on 1." in page
    assert "| ours: supported | 1 | 1 |" in page
    assert "s/\\<a\\>: Bowls dry for two days." in page
    assert "claim (unsupported): Bowls dry for two days." in page
