"""Mutants: real, exact and reproducible; and the detector finds enough of them."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import stats
from harness.detectors.lexical import Lexical
from harness.records import Detection, Passage, Question, Sentence, Span
from harness.studies.mutation import KINDS, Mutant, held, mutants, reworded
from harness.studies.mutation.killing import from_cases, from_labelled, kill_rates, killed, pooled, statements, table
from harness.text.numbers import quantities

if TYPE_CHECKING:
    from harness.studies.mutation.killing import KillRates

ROOT = Path(__file__).parents[2]
CONTEXTS = (
    "The old ferry must not carry more than 120 passengers. It was built in Marburg for the Lake Company in 1962.",
    "All crew members are trained on Monday, 3 March 2025, for at least six hours.",
    "The third deck is always open and costs 4.50 euros, which is higher than before the repair.",
    "Run the pump without water for 1,500 seconds. The engine is quiet.",
)
SENTENCES = tuple(sentence for text in CONTEXTS for sentence in re.findall(r"[^.]+(?:\.\d+[^.]*)?\.", text))


def made(sentence: str, seed: int = 0, contexts: tuple[str, ...] = CONTEXTS) -> list[Mutant]:
    return list(mutants(sentence.strip(), contexts, seed))


def changed(sentence: str, kind: str) -> set[tuple[str, str]]:
    return {
        (mutant.was, mutant.text[mutant.start : mutant.end])
        for seed in range(12)
        for mutant in made(sentence, seed)
        if mutant.kind == kind
    }


@given(st.sampled_from(SENTENCES), st.integers(0, 10_000))
def test_a_mutant_differs_exactly_at_its_place(sentence: str, seed: int) -> None:
    original = sentence.strip()
    for mutant in made(original, seed):
        assert 0 <= mutant.start < mutant.end <= len(mutant.text)
        assert mutant.text[: mutant.start] + mutant.was + mutant.text[mutant.end :] == original
        assert mutant.text[mutant.start : mutant.end] != mutant.was


@given(st.sampled_from(SENTENCES), st.integers(0, 10_000))
def test_a_seed_makes_the_same_mutants_again(sentence: str, seed: int) -> None:
    assert made(sentence, seed) == made(sentence, seed)


def test_seeds_differ() -> None:
    assert len({tuple(made(SENTENCES[1], seed)) for seed in range(10)}) > 1


@given(st.sampled_from(SENTENCES), st.integers(0, 10_000))
def test_a_swapped_number_has_another_value(sentence: str, seed: int) -> None:
    original = sentence.strip()
    before = [q.value for q in quantities(original)]
    for mutant in made(original, seed):
        if mutant.kind == "number":
            after = [q.value for q in quantities(mutant.text)]
            assert len(after) == len(before)
            assert sum(a != b for a, b in zip(after, before, strict=True)) == 1


PIECES = st.lists(
    st.sampled_from(
        "1 0 12 1,500 1.50 0.0 3rd two The third 2:30 pm 3 March 2025 2025-03-03 31 Mai % - not can not cannot all every "
        "is are Run Lake Marburg AEG « ( [ . , : ; \" ' ٣ ½ hours euros before more than first the no longer".split(" ")
    ),
    max_size=9,
).map(" ".join)


@given(st.text() | PIECES, st.lists(st.text(), max_size=3), st.integers())
def test_any_text_may_be_asked_for_mutants(sentence: str, contexts: list[str], seed: int) -> None:
    for mutant in mutants(sentence, contexts, seed):
        assert mutant.text[: mutant.start] + mutant.was + mutant.text[mutant.end :] == sentence
    for mutant in mutants(sentence, [sentence], seed):
        assert mutant.text[: mutant.start] + mutant.was + mutant.text[mutant.end :] == sentence


def test_every_kind_is_made() -> None:
    assert {mutant.kind for sentence in SENTENCES for mutant in made(sentence)} == set(KINDS)


def test_what_the_contexts_do_not_hold_has_no_mutants() -> None:
    assert not made("The ferry was painted green by Marlow.")
    assert not held("The ferry was painted green by Marlow.", CONTEXTS)
    assert held("The old ferry must carry passengers.", CONTEXTS)


@pytest.mark.parametrize(
    ("sentence", "was", "new"),
    [
        ("The old ferry must not carry more than 120 passengers.", "must not", "must"),
        ("Run the pump without water for 1,500 seconds.", "without", "with"),
        ("The engine is quiet.", "is", "is not"),
    ],
)
def test_negations_are_taken_away_or_put_in(sentence: str, was: str, new: str) -> None:
    assert changed(sentence, "negation") == {(was, new)}


@pytest.mark.parametrize(
    "sentence",
    [
        "The card is not only valid here but also abroad.",
        "Ask whether or not it rains.",
        "It is not later yet and never early.",
        "Is the engine quiet?",
        "It is all right, as is.",
        "Above all, most important is the more or less quiet engine.",
    ],
)
def test_set_phrases_and_questions_are_left_alone(sentence: str) -> None:
    kinds = {mutant.kind for mutant in mutants(sentence, [sentence])}
    assert not kinds & {"quantifier", "comparison"}
    assert "negation" not in kinds or sentence.startswith(("It is all right", "Above all"))


def test_dates_units_quantifiers_and_comparisons_are_turned() -> None:
    assert all(new != "Monday" for was, new in changed(SENTENCES[2], "date") if was == "Monday")
    assert {was for was, _ in changed(SENTENCES[2], "date")} == {"Monday", "3", "March"}
    assert {was for was, _ in changed(SENTENCES[2], "unit")} == {"hours"}
    assert ("at least", "at most") in changed(SENTENCES[2], "quantifier")
    assert ("higher", "lower") in changed(SENTENCES[3], "comparison")


def test_a_name_comes_from_elsewhere() -> None:
    names = changed("It was built in Marburg for the Lake Company in 1962.", "name")
    assert {was for was, _ in names} == {"Marburg", "Lake Company"}
    assert not any(new in {"Marburg", "Lake Company"} for _, new in names)


def test_a_number_that_another_sentence_gives_is_no_mutant() -> None:
    doubled = tuple(f"The pump runs for {n} hours." for n in range(400))
    assert not [m for m in made("The pump runs for 100 hours.", contexts=doubled) if m.kind == "number"]


def test_reworded_sentences_say_no_more() -> None:
    assert list(reworded("Bring towels, soap and slippers.")) == ["Bring soap, towels and slippers."]
    assert not list(reworded("If it rains for long, the pool stays closed, and the hall opens."))
    assert not list(reworded("The red, blue and green lamps need 5, 6 and 7 volts respectively."))


def finding(verdict: str, span: tuple[int, int] | None) -> Detection:
    spans = (Span(start=span[0], end=span[1], label="conflict", confidence=1.0, reason="r"),) if span else ()
    sentence = Sentence(start=0, end=20, kind="claim", verdict="unsupported" if verdict == "un" else "supported")
    return Detection(sentences=(sentence,), spans=spans, probability=0.5)


def test_a_kill_needs_the_verdict_and_a_span_at_the_change() -> None:
    mutant = Mutant("number", "The pump has 9 lids.", 13, 14, "8")
    assert killed(mutant, finding("un", (10, 14)))
    assert not killed(mutant, finding("un", (0, 13)))
    assert not killed(mutant, finding("un", None))
    assert not killed(mutant, finding("ok", (10, 14)))


class Blind:
    async def detect(self, question: Question, text: str, /) -> Detection:
        del question
        return Detection(sentences=(Sentence(start=0, end=len(text), kind="claim", verdict="supported"),))


class Suspicious:
    async def detect(self, question: Question, text: str, /) -> Detection:
        del question
        span = Span(start=0, end=len(text), label="baseless", confidence=1.0, reason="r")
        return Detection(
            sentences=(Sentence(start=0, end=len(text), kind="claim", verdict="unsupported"),), spans=(span,)
        )


QUESTION = Question(
    id="q",
    query="What about the ferry?",
    passages=tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(CONTEXTS)),
)


def test_a_detector_that_cannot_see_kills_nothing_and_one_that_flags_all_kills_all() -> None:
    blind = asyncio.run(kill_rates([QUESTION], Blind()))
    assert blind.made.total() > 5
    assert not blind.killed.total()
    assert not blind.flagged.total()
    wild = asyncio.run(kill_rates([QUESTION], Suspicious()))
    assert wild.killed == wild.made == blind.made
    assert wild.flagged == wild.stated
    assert len(wild.alarms) == wild.stated.total()


def test_the_table_holds_wilson_intervals_and_pools() -> None:
    wild = asyncio.run(kill_rates([QUESTION], Suspicious()))
    both = pooled([wild, asyncio.run(kill_rates([QUESTION], Blind()))])
    shown = {row[0]: row[1:] for row in table("t", both).rows}
    part, whole = wild.killed.total(), 2 * wild.made.total()
    interval = stats.wilson(part, whole)
    assert interval is not None
    assert shown["all mutants"] == (
        str(part), str(whole), "50.0%", f"{100 * interval.low:.1f}–{100 * interval.high:.1f}",
    )  # fmt: skip


def test_statements_stand_in_the_contexts() -> None:
    found = list(statements(QUESTION, 0))
    assert found
    assert all(held(one.text, CONTEXTS) for one in found)
    assert {one.form for one in found} <= {"copied", "reworded"}


def test_questions_of_labelled_files_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    row = '{"id": "1", "contexts": ["The pump starts at nine."], "answer": "x", "query": null}\n'
    path.write_text(row * 2, encoding="utf-8")
    (question,) = from_labelled([path])
    assert question.passages[0].text == "The pump starts at nine."
    assert question.query == ""


@pytest.fixture(scope="module")
def rates() -> KillRates:
    return asyncio.run(kill_rates(from_cases([ROOT / "cases"]), Lexical()))


def test_enough_mutants_of_our_own_cases(rates: KillRates) -> None:
    assert rates.made.total() >= 1000


@pytest.mark.parametrize(
    ("kind", "bar"),
    [
        ("number", 0.95),
        ("name", 0.90),
        ("negation", 0.80),
        ("invention", 0.98),
    ],
)
def test_the_detector_kills(rates: KillRates, kind: str, bar: float) -> None:
    killed_, made_ = {**rates.killed}, {**rates.made}
    assert killed_[kind] >= bar * made_[kind], rates.missed[kind]  # type: ignore[index]  # made by the fixture


def test_the_detector_leaves_the_unmutated_alone(rates: KillRates) -> None:
    assert rates.flagged.total() <= 0.05 * rates.stated.total(), rates.alarms


def test_the_command_prints_the_rates(tmp_path: Path) -> None:
    suite = tmp_path / "own.yaml"
    suite.write_text(
        "suite: own\ncases:\n- id: a\n  query: What?\n  contexts:\n  - The old ferry must not carry more than 120 people.\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "harness.studies.mutation"]
    done = subprocess.run(
        [*command, "--cases", suite, "--examples", "2"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "all mutants" in done.stdout
    assert "unmutated, copied" in done.stdout
    none = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert none.returncode == 2
    assert "--cases" in none.stderr
