"""What must hold for the detector whatever the text, and what one sentence more may change."""

from __future__ import annotations

import math
import random
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.exchange import labelled
from harness.records import Detection
from harness.text.sentences import segments
from harness.text.words import tokens
from tests.property.recorded import MODES, ROOT, SHOWN, Example, as_given, examples, judged, statement_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RAGTRUTH = ROOT.parent / "shared" / "data" / "labelled" / "ragtruth_all_tasks_dev.jsonl.gz"

# any text

_PIECES = st.sampled_from(
    "\x00 \ud800 \udfff \u200f\u05d0\u05d1 \u202e\u0645\u0631 e\u0301\u0327 \u0301 \u200d \ufeff 🏳️‍🌈 ﬁ K\u212a ½ ² 1,2.3 -- 5.1.4. %"
    " |a|b| |--|--| ``` # * - 1. (a) key: x=no “ ” ’ … 。 ？ ؟ not Not 3 May 12:30 $5 the The pump Aldern \n \n\n \t \u2028 \r".split(" ")
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=())) | st.lists(_PIECES | st.text(max_size=3), max_size=12).map(
    " ".join
)


def share(value: float | None) -> bool:
    return value is not None and not math.isnan(value) and 0 <= value <= 1


@MODES
@given(contexts=st.lists(TEXTS, max_size=3), query=TEXTS, answer=TEXTS)
def test_any_text_keeps_the_contract(contexts: list[str], query: str, answer: str, rules: bool) -> None:
    found = judged(contexts, query, answer, rules=rules)
    assert share(found.probability)
    for pieces in (found.sentences, found.spans):
        at = 0
        for piece in pieces:
            assert at <= piece.start < piece.end <= len(answer)
            at = piece.end
    for sentence in found.sentences:
        assert answer[sentence.start : sentence.end].strip() == answer[sentence.start : sentence.end]
        assert (sentence.kind == "claim") == (sentence.verdict is not None) == (sentence.probability is not None)
        assert sentence.probability is None or share(sentence.probability)
        for proof in sentence.evidence:
            text = contexts[int(proof.passage[1:]) - 1]
            assert 0 <= proof.start < proof.end <= len(text)
            assert share(proof.similarity)
    for span in found.spans:
        assert share(span.confidence)
        assert span.reason
        assert any(s.start <= span.start and span.end <= s.end and s.verdict == "unsupported" for s in found.sentences)
    for sentence in found.sentences:
        if sentence.verdict == "unsupported":
            assert any(sentence.start <= span.start and span.end <= sentence.end for span in found.spans)


@MODES
@given(query=TEXTS, answer=TEXTS)
def test_without_contexts_every_claim_is_baseless(query: str, answer: str, rules: bool) -> None:
    for contexts in ([], [""], ["  \n"]):
        found = judged(contexts, query, answer, rules=rules)
        claims = [sentence for sentence in found.sentences if sentence.kind == "claim"]
        assert all(sentence.verdict == "unsupported" for sentence in claims)
        assert {span.label for span in found.spans} <= {"baseless", "echo"}
        assert found.probability == (1.0 if claims else 0.0)


@MODES
@given(
    contexts=st.lists(TEXTS, max_size=2), query=TEXTS, answer=st.sampled_from(["", " ", "\n\t\n", "\u3000", "…", "—"])
)
def test_an_empty_answer_has_nothing_to_score(contexts: list[str], query: str, answer: str, rules: bool) -> None:
    assert judged(contexts, query, answer, rules=rules) == Detection()


@MODES
@pytest.mark.parametrize(
    "piece",
    ["a", "1", "1,", "1 ", "-", "(", "[", "*", "_", "|", "a|", "'", "’s", "\n", ".", "a.", "# ", "- ", "May ", "not ",
     "five ", "five-", "million ", "A", "aB", "中", "\u0301", "\ud800", "\x00", " \n", "a-\n", "$", "%", "```\n", "a: b\n"],
)  # fmt: skip
def test_long_repetitions_come_to_an_end(piece: str, rules: bool) -> None:
    text = piece * (20_000 // len(piece))
    judged([text, "The pump starts at nine."], text, text, rules=rules)


INVENTED = (
    "A travelling orchestra later recorded an album about the whole affair.",
    "Archaeologists afterwards discovered a mosaic beneath the cellar.",
    "The decision was praised by two astronauts in a televised debate.",
    "An insurance conglomerate from Portugal sponsors the corresponding podcast.",
    "Blockchain notarisation guarantees that the ledger stays tamper-proof.",
    "Customers earn loyalty vouchers whenever they recommend a neighbour.",
    "In 1874 a blacksmith named Osgood Tuttle carved the first prototype from walnut.",
    "It also reduces the risk of migraine by 37 percent among violinists.",
)


def groundedness(found: Detection) -> float | None:
    claims = [sentence.verdict == "supported" for sentence in found.sentences if sentence.kind == "claim"]
    return sum(claims) / len(claims) if claims else None


def appended(answer: str, sentence: str) -> str:
    """Return the answer with one sentence more, on a line of its own where the answer does not end in running text."""
    last = answer.rstrip().rpartition("\n")[2]
    flows = re.search(r"[.!?][\"'”’)]?$", last) and not re.match(r"\s*(?:[-*•|#>`]|\d+[.)])", last)
    return f"{answer.rstrip()} {sentence}" if flows else f"{answer.rstrip()}\n\n{sentence}"


def own_answers() -> list[Example]:
    return [*examples(), *statement_examples()]


@cache
def labelled_answers() -> tuple[Example, ...]:
    if not RAGTRUTH.exists():
        pytest.skip("needs the labelled data in ../shared")
    rows = list(labelled.rows(RAGTRUTH))
    chosen = random.Random(7).sample(rows, 330)
    return tuple(Example(tuple(row["contexts"]), row["query"] or "", row["answer"]) for row in chosen)


SOURCES = pytest.mark.parametrize("answers", [own_answers, labelled_answers], ids=["own", "labelled"])


@SOURCES
def test_appending_a_copied_sentence_never_lowers_groundedness(answers: Callable[[], Iterable[Example]]) -> None:
    tried, wrong = 0, []
    for n, one in enumerate(answers()):
        copies = [
            text[segment.start : segment.end]
            for text in one.contexts
            for segment in segments(text)
            if segment.kind == "sentence" and len(tokens(text[segment.start : segment.end])) > 4
            and re.match(r"[A-Z].*[.!]$", text[segment.start : segment.end], re.DOTALL)
        ]  # fmt: skip
        before = groundedness(as_given(one, False))
        if not copies or before is None:
            continue
        tried += 1
        answer = appended(one.answer, copies[n % len(copies)])
        after = groundedness(judged(one.contexts, one.query, answer))
        if after is None or after < before:
            wrong.append((answer, before, after))
    assert tried >= 200
    assert not wrong[:SHOWN], (len(wrong), tried)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(own_answers, id="own"),
        pytest.param(labelled_answers, id="labelled"),
    ],
)
def test_an_appended_invention_lowers_groundedness_and_is_the_one_flagged(
    answers: Callable[[], Iterable[Example]],
) -> None:
    tried, wrong = 0, []
    for n, one in enumerate(answers()):
        known = {token.norm for text in (*one.contexts, one.query) for token in tokens(text)}
        invented = INVENTED[n % len(INVENTED)]
        content = [token.norm for token in tokens(invented) if not token.lexeme.stop]
        if sum(norm in known for norm in content) > len(content) / 4:
            continue
        tried += 1
        before = groundedness(as_given(one, False))
        answer = appended(one.answer, invented)
        found = judged(one.contexts, one.query, answer)
        last, after = found.sentences[-1], groundedness(found)
        flagged = last.verdict == "unsupported" and any(span.end > len(answer) - len(invented) for span in found.spans)
        lowered = not before or (after is not None and after < before)
        if not (flagged and lowered):
            wrong.append((answer, before, after))
    assert tried >= 300
    assert len(wrong) <= 0.02 * tried, (len(wrong), tried, wrong[:SHOWN])
