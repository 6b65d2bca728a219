"""Drafts: proposals that load, hold what they say, and are the same in every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cases import load
from harness.studies.drafting import draft
from harness.studies.linting import lint

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

SUITE = """\
suite: pumps
defaults: {instructions: "Answer briefly.\\nSay so if you don't know."}
cases:
  - id: start
    query: When does the pump start?
    contexts:
      - The pump starts at nine.
      - {text: Only trained staff may open the lid of the pump., source: rules.pdf}
    answerable: yes
    references: [The pump starts at nine.]
    limits: {max_words: 12, strict: yes}
  - id: service
    query: When is service due?
    contexts: [Service of the pump is due every 500 hours.]
    answerable: yes
    references: [Every 500 hours.]
  - {id: owner, query: Who owns it?, contexts: [The valve is made of brass.], answerable: no}
"""


def test_drafts_load_and_hold_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "pumps.yaml").write_text(SUITE, encoding="utf-8")
    text = draft(load([tmp_path / "pumps.yaml"]), name="more")
    assert text == draft(load([tmp_path / "pumps.yaml"]), name="more")
    (tmp_path / "more.yaml").write_text(text, encoding="utf-8")
    made = {case.id.partition("/")[2]: case for case in load([tmp_path / "more.yaml"])}
    assert list(made) == [
        "pumps-start-unanswerable", "pumps-start-distractors", "pumps-service-unanswerable", "pumps-service-distractors",
    ]  # fmt: skip
    lacking, mixed = made["pumps-start-unanswerable"], made["pumps-start-distractors"]
    assert lacking.answerable == "no"
    assert [p.text for p in lacking.question.passages] == ["Only trained staff may open the lid of the pump."]
    assert lacking.question.passages[0].source == "rules.pdf"
    assert lacking.limits is not None
    assert (lacking.limits.max_words, lacking.limits.strict) == (12, True)
    assert mixed.answerable == "yes"
    assert mixed.references == ("The pump starts at nine.",)
    texts = {p.text for p in mixed.question.passages}
    assert texts > {"The pump starts at nine.", "Only trained staff may open the lid of the pump."}
    assert len(texts) == 4
    assert "Every 500 hours." in made["pumps-service-distractors"].references
    assert all(case.question.instructions.startswith("Answer briefly.\nSay so") for case in made.values())
    assert {one.check for one in lint(made.values())} <= {"near-duplicate"}


def test_the_command_writes_a_suite_or_says_that_there_is_none(
    harness: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "pumps.yaml").write_text(SUITE, encoding="utf-8")
    assert harness("cases", "draft", "pumps.yaml", "-o", "more.yaml").stdout == "wrote more.yaml\n"
    assert harness("cases", "check", "more.yaml").returncode == 0
    assert "exists already" in harness("cases", "draft", "pumps.yaml", "-o", "more.yaml").stderr
    (tmp_path / "one.yaml").write_text("suite: s\ncases: [{id: a, query: When?, contexts: [A door.]}]\n")
    none = harness("cases", "draft", "one.yaml")
    assert none.returncode == 2
    assert "nothing to propose" in none.stderr
