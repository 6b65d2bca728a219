"""Refusal figures and groundedness at equal length, against independent formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Record, Run, Score
from harness.summary import summarise

RESPONSES = ("answered", "partial", "refused", "hedged", "undetermined")
KINDS = ("yes", "no", "partial", "false_presupposition", None)
Records = Callable[..., Record]
Runs = Callable[..., Run]


def f1(hits: int, said: int, there: int) -> float:
    return 2 * hits / (said + there) if said + there else 0.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(RESPONSES)), min_size=1, max_size=20))
def test_the_figures_are_the_formulas(pairs: list[tuple[Any, Any]]) -> None:
    from tests.summary.conftest import _record, _run

    records = [_record(n, 1.0, answerable=kind, response=said) for n, (kind, said) in enumerate(pairs)]
    (candidate,) = summarise([_run(records)], title="t").candidates
    table = candidate.refusal
    assert sum(sum(row.values()) for row in table.counts.values()) == len(pairs)
    decided = [(kind, said) for kind, said in pairs if kind in ("yes", "no")]
    no = sum(kind == "no" for kind, _ in decided)
    if 0 < no < len(decided):
        refused = sum(said == "refused" for _, said in decided)
        right = sum(pair == ("no", "refused") for pair in decided)
        answered = sum(kind == "yes" and said != "refused" for kind, said in decided)
        refusing = f1(right, refused, no)
        answering = f1(answered, len(decided) - refused, len(decided) - no)
        assert table.refusal_f1.value == pytest.approx(refusing)
        assert table.grounded_refusal_f1.value == pytest.approx((refusing + answering) / 2)
        always = table.trivial["always refuse"]
        assert always.refusal_f1 == pytest.approx(f1(no, len(decided), no))
        assert table.trivial["always answer"].refusal_f1 == 0.0
    else:
        assert table.refusal_f1.value is None
    known = [(kind, said) for kind, said in pairs if kind is not None]
    if known:
        expected = sum(_crag(kind, said) for kind, said in known) / len(known)
        assert table.truthfulness.value == pytest.approx(expected)


def _crag(kind: str, said: str) -> int:
    hopeless = kind in ("no", "false_presupposition")
    if said in ("refused", "undetermined"):
        return 1 if hopeless else 0
    return -1 if kind == "no" else 1  # in these records every answer that is given is grounded


def test_an_answer_to_what_cannot_be_answered_is_wrong(record: Records, run: Runs) -> None:
    def decided(number: int, kind: str, said: str, *, right: bool) -> Record:
        plain = record(number, 1.0, answerable=kind, response=said)
        refusal = Score(metric="refusal", value=float(right), passed=right, details={"response": said})
        return record(number, 1.0, answerable=kind, scores=(*plain.scores[:-1], refusal))

    records = [
        decided(0, "no", "answered", right=False),
        decided(1, "no", "refused", right=True),
        decided(2, "yes", "refused", right=False),
        decided(3, "yes", "answered", right=True),
    ]
    (candidate,) = summarise([run(records)], title="t").candidates
    assert candidate.refusal.truthfulness.value == pytest.approx((-1 + 1 + 0 + 1) / 4)
    trivial = candidate.refusal.trivial
    assert (trivial["always answer"].truthfulness, trivial["always refuse"].truthfulness) == (0.0, 0.5)


def test_an_answer_beside_the_question_does_not_lead(record: Records, run: Runs) -> None:
    plain = [record(n, 1.0 if n % 2 else 0.0) for n in range(8)]
    beside = [
        record(
            n,
            1.0 if n % 2 else 0.0,
            scores=(*one.scores, Score(metric="eligibility", value=float(n % 2 == 0), passed=n % 2 == 0)),
        )
        for n, one in enumerate(plain)
    ]
    (candidate,) = summarise([run(beside)], title="t").candidates
    assert candidate.eligible_groundedness.value == 0.0


def test_groundedness_at_equal_length(record: Records, run: Runs) -> None:
    """Two candidates that are equally grounded at every length come out equal, though one is shorter."""

    def worded(number: int, words: int) -> Record:
        plain = record(number, 1.0 if words < 50 else 0.0)
        limit = Score(metric="word_limit", value=None, details={"words": words})
        return record(number, 1.0, scores=(*plain.scores[:2], limit, *plain.scores[3:]))

    short = run([worded(n, 10 if n < 8 else 90) for n in range(10)], name="short")
    long = run([worded(n, 10 if n < 2 else 90) for n in range(10)], name="long")
    one, other = summarise([short, long], title="t").candidates
    assert one.eligible_groundedness.value != other.eligible_groundedness.value
    assert one.equal_length_groundedness is not None
    assert other.equal_length_groundedness is not None
    assert one.equal_length_groundedness.value == other.equal_length_groundedness.value == pytest.approx(0.5)
    (alone,) = summarise([short], title="t").candidates
    assert alone.equal_length_groundedness is not None
    assert alone.equal_length_groundedness.value is None


def test_grounded_and_correct_are_told_apart(record: Records, run: Runs) -> None:
    verdicts = [(True, True), (True, False), (False, True), (False, True)]
    records = []
    for number, (grounded, correct) in enumerate(verdicts):
        plain = record(number, float(grounded))
        score = Score(metric="correctness", value=float(correct), passed=correct)
        records.append(record(number, float(grounded), scores=(*plain.scores, score)))
    (candidate,) = summarise([run(records)], title="t").candidates
    assert candidate.grounded_and_correct == {(True, True): 1, (True, False): 1, (False, True): 2}


def test_how_far_over_the_limit(record: Records, run: Runs) -> None:
    plain = record(0, 1.0)
    limits = [
        Score(metric="word_limit", value=float(over == 0), passed=over == 0, details={"words": 10, "over": over})
        for over in (0, 3, -5)
    ]
    records = [record(n, 1.0, scores=(*plain.scores[:2], limit)) for n, limit in enumerate(limits)]
    (candidate,) = summarise([run(records)], title="t").candidates
    assert (candidate.over_limit.n, candidate.over_limit.max) == (2, 5.0)
