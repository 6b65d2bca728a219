"""Reports: the same bytes as the golden files, and hostile texts stay inert.

`HARNESS_GOLDEN=write python -m pytest tests/report` writes the golden files anew; read the difference before you commit.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness import api, gate, summary
from harness.cases import load
from harness.records import (
    Answer,
    Case,
    Header,
    Metric,
    Passage,
    Question,
    Record,
    RecordedAnswer,
    Run,
    Score,
    Spec,
)
from harness.report import html, junit, markdown, terminal
from harness.report.excerpts import visible

if TYPE_CHECKING:
    from harness.records import Json
    from harness.summary import Summary

GOLDEN = Path(__file__).parents[1] / "golden"
SUITE = """\
suite: pumps
defaults:
  contexts:
    - The pump starts at nine. The valve is made of brass.
    - Service is due every 500 hours. Only trained staff may open the lid.
cases:
  - id: start
    query: When does the pump start?
    answerable: yes
    answers:
      - {model: good, text: The pump starts at nine.}
      - {model: bad, text: "The pump starts at nine. Then calibrate the flux sensor with the vendor's mobile app."}
  - id: service
    query: How often is service due?
    answerable: yes
    limits: {max_words: 8}
    answers:
      - {model: good, text: Every 500 hours.}
      - {model: bad, text: Service is due every 900 hours.}
  - id: owner
    query: Who owns the pump?
    answerable: no
    answers:
      - {model: good, text: I don't know.}
      - {model: bad, text: The pump is owned by Maria Keller of Hamburg.}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, tuple[Run, ...], dict[str, Case]]:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "pumps.yaml").write_text(SUITE)
    before = Path.cwd()
    os.chdir(folder)
    try:
        cases = load(["pumps.yaml"])
        runs = api.run(cases, ["recorded"])
    finally:
        os.chdir(before)
    return summary.summarise(runs, title="pumps"), runs, {case.id: case for case in cases}


def golden(name: str, text: str) -> None:
    text = re.sub(r"20\d\d-\d\d-\d\dT[0-9:+]+", "TIME", text)
    text = re.sub(
        r"(detector|faithful-harness|numpy|openai|python|rapidfuzz|sentencex) [0-9a-f][\w.]*", r"\1 VERSION", text
    )
    path = GOLDEN / name
    if os.environ.get("HARNESS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def printed() -> Console:
    return Console(file=io.StringIO(), width=100, color_system=None, highlight=False, legacy_windows=False)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def test_terminal(made: tuple[Summary, tuple[Run, ...], dict[str, Case]]) -> None:
    console = printed()
    terminal.leaderboard(made[0], console, cases=made[2])
    golden("leaderboard.txt", text_of(console))


def test_show(made: tuple[Summary, tuple[Run, ...], dict[str, Case]]) -> None:
    console = printed()
    (run,) = [run for run in made[1] if run.header.candidate == "bad"]
    for record in sorted(run.records, key=lambda record: record.case_id):
        terminal.show(record, made[2][record.case_id], console)
    golden("show.txt", text_of(console))


def test_comparison_and_gate(made: tuple[Summary, tuple[Run, ...], dict[str, Case]], tmp_path: Path) -> None:
    console = printed()
    runs = {run.header.candidate: run for run in made[1]}
    terminal.comparison(summary.compare(runs["good"], runs["bad"]), console)
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - {metric: groundedness, at_least: 0.9}\n  - {metric: over_refusals, at_most: 0.1}\n")
    terminal.gate(gate.check(gate.load_rules(rules), made[0]), console)
    golden("comparison.txt", text_of(console))


def test_markdown(made: tuple[Summary, tuple[Run, ...], dict[str, Case]]) -> None:
    golden("report.md", markdown.render(made[0], made[2]))


def test_junit(made: tuple[Summary, tuple[Run, ...], dict[str, Case]]) -> None:
    stream = io.StringIO()
    junit.write(stream, made[0], made[1])
    tree = ET.fromstring(stream.getvalue())
    assert {suite.get("name") for suite in tree} == {"good", "bad"}
    assert sum(1 for _ in tree.iter("testcase")) == sum(len(r.scores) for run in made[1] for r in run.records)
    for suite in tree:
        for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count) or -1) == sum(1 for _ in suite.iter(tag)), count
    assert any("flux" in (failure.text or "") for failure in tree.iter("failure"))
    golden("junit.xml", stream.getvalue())


def unpacked(page: str) -> str:
    """Return the page with its packed cases as readable JSON: how they are packed is the compressor's affair."""
    return re.sub(
        r'(id="records">)([^<]*)',
        lambda m: m[1] + json.dumps(json.loads(gzip.decompress(base64.b64decode(m[2]))), indent=1, ensure_ascii=False),
        page,
    )


def test_html(made: tuple[Summary, tuple[Run, ...], dict[str, Case]]) -> None:
    page = html.render(made[0], made[2], made[1])
    assert page == html.render(made[0], made[2], made[1])
    assert "<mark" in page
    assert not re.search(r'src=|href="(?!#|data:,)|https?://|@import|url\(', page)
    golden("report.html", unpacked(page))


def test_a_run_without_an_answer_does_not_say_that_nothing_was_found(
    made: tuple[Summary, tuple[Run, ...], dict[str, Case]],
) -> None:
    silent = tuple(replace(candidate, answered=0) for candidate in made[0].candidates)
    for candidates, said in ((silent, "nothing to find"), (made[0].candidates, "No unsupported content was found")):
        assert said in html.render(replace(made[0], candidates=candidates, findings=()), made[2], made[1])


def test_the_page_of_500_cases_is_below_a_megabyte() -> None:
    words = "pump valve brass tank filter motor signal station morning evening service lid staff hour".split()
    draw = random.Random(2)

    def prose(count: int) -> str:
        return " ".join(" ".join(draw.choices(words, k=12)).capitalize() + "." for _ in range(count // 12))

    cases, records = {}, []
    for n in range(500):
        passages = tuple(Passage(id=f"p{k}", text=prose(127)) for k in (1, 2, 3))
        cases[f"s/{n}"] = Case(id=f"s/{n}", question=Question(id="q", query=prose(12), passages=passages))
        text = prose(117)
        evidence: list[Json] = [{"passage": "p1", "start": 80, "end": 160, "similarity": 0.8}]
        sentences: list[Json] = [
            {
                "start": m.start(),
                "end": m.end(),
                "kind": "claim",
                "verdict": "supported",
                "probability": 0.2,
                "evidence": evidence,
            }
            for m in re.finditer(r"[^.]+\.", text)
        ]
        scores = tuple(
            Score(metric=name, value=1.0, passed=True, reason="as it should be", details={"sentences": sentences} if name == "groundedness" else {})
            for name in ("groundedness", "hallucination", "word_limit", "refusal", "format", "correctness")
        )  # fmt: skip
        records.append(Record(case_id=f"s/{n}", answer=Answer(text=text), scores=scores))
    metrics = tuple(Metric(name=score.metric, direction="higher", unit="", rule="") for score in records[0].scores)
    runs = [
        Run(header=Header(candidate=name, answerer=Spec(name="x"), detector=Spec(name="lexical"), scorers=(), metrics=metrics, cases_digest="d", cases=500, planned=500), records=records)
        for name in ("one", "two", "three")
    ]  # fmt: skip
    page = html.render(summary.summarise(runs, title="size"), cases, runs)
    assert len(page.encode()) < 1_000_000


HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "]]>&amp;<!--",
    "a\u202eb\u2066c",
    "null\x00byte \x1b[31m red \ud800",
    "x" * 5000,
    "| a | b |\n|---|",
    "{{ 7 * 7 }} {% raw %}",
]


def hostile(text: str) -> tuple[Summary, tuple[Run, ...], dict[str, Case]]:
    answer = f"{text} turbines rattle in Lisbon on Fridays. {text}"
    case = Case(
        id=f"s/{text[:40]}",
        question=Question(id="q", query=text, passages=(Passage(id="p1", text=f"The pump. {text}"),)),
        answers=(RecordedAnswer(model=f"m{text[:40]}", text=answer),),
        tags=(text[:40],),
        location=f"{text[:40]}:1",
    )

    class Cases:
        suites = ()
        digest = "d"

        def __len__(self) -> int:
            return 1

        def ordered(self, seed: int) -> list[Case]:
            assert seed == 0
            return [case]

        def models(self) -> Counter[str]:
            return Counter(answer.model for answer in case.answers)

    runs = api.run(Cases(), ["recorded"])  # type: ignore[arg-type]  # what looks like a case set will do
    return summary.summarise(runs, title=text), runs, {case.id: case}


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        assert not any(name.startswith("on") for name, _ in attrs)
        assert all((value or "").startswith(("#", "data:,")) for name, value in attrs if name in {"href", "src"})


def check(text: str) -> None:
    found, runs, cases = hostile(text)
    page = html.render(found, cases, runs)
    page.encode("utf-8")
    tags = Tags()
    tags.feed(page)
    assert not {*tags.found} & {"img", "iframe", "object", "base", "form"}
    assert (tags.found["script"], tags.found["style"], tags.found["link"]) == (2, 1, 1)
    assert "\u202e" not in unpacked(page)
    assert "\x00" not in page
    stream = io.StringIO()
    junit.write(stream, found, runs)
    ET.fromstring(stream.getvalue())
    said = markdown.render(found, cases)
    assert "<script" not in said
    assert "<img" not in said
    console = printed()
    terminal.leaderboard(found, console, cases=cases)
    assert "\x1b" not in text_of(console)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_inert(text: str) -> None:
    check(text)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_text_can_be_reported(text: str) -> None:
    check(text)


@given(st.text())
def test_visible_is_inert(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", shown)
    shown.encode("utf-8")
