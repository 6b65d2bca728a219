"""What calls come to, and whether the same candidate is still answered by the same model."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.records import Call, Header, Record, Spec
from harness.summary.drift import drift
from harness.summary.spending import Tally

CALLS = st.builds(
    Call,
    stage=st.sampled_from(["answer", "detect", "score"]),
    component=st.just("m"),
    prompt_tokens=st.none() | st.integers(0, 10**6),
    completion_tokens=st.none() | st.integers(0, 10**6),
    cost=st.none() | st.floats(0, 100),
    cached=st.booleans(),
    attempts=st.integers(1, 9),
    estimated=st.booleans(),
)


@given(st.lists(st.lists(CALLS, max_size=4), max_size=6))
def test_sums_do_not_depend_on_the_order(calls: list[list[Call]]) -> None:
    records = [Record(case_id=str(n), calls=tuple(own)) for n, own in enumerate(calls)]
    first, second = Tally(), Tally()
    for record in records:
        first.add(record)
    for record in reversed(records):
        second.add(record)
    spent = first.spending()
    assert spent == second.spending()
    flat = [call for own in calls for call in own]
    assert spent.calls == len(flat)
    assert spent.calls + spent.retries == sum(call.attempts for call in flat)
    assert spent.unpriced == sum(call.cost is None for call in flat)
    assert spent.prompt_tokens == sum(call.prompt_tokens or 0 for call in flat)


HEADER = Header(
    candidate="c",
    answerer=Spec(name="openai", target="m"),
    detector=Spec(name="lexical"),
    scorers=(),
    metrics=(),
    cases_digest="d",
    cases=1,
    planned=1,
    model="m-1",
    system_fingerprint="fp1",
)


def test_another_model_behind_the_same_name_is_drift() -> None:
    assert drift(HEADER, HEADER) == ()
    (said,) = drift(HEADER, replace(HEADER, model="m-2"))
    assert "m-1" in said
    assert "m-2" in said
    assert len(drift(HEADER, replace(HEADER, model="m-2", system_fingerprint="fp2"))) == 2
    assert drift(HEADER, replace(HEADER, model=None)) == ()
    assert drift(HEADER, replace(HEADER, model="m-2", answerer=Spec(name="openai", target="n"))) == ()
