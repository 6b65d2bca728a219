"""What ragas' replies are held against, without ragas."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.errors import MissingExtraError
from harness.scorers.ragas.reconciling import asked_of, empty, fault, judged

STATEMENTS = ["Bowls dry for two days.", "The kiln fires at 900 degrees.", "It was built in 1911."]


def reply(*verdicts: Any, statements: list[str] | None = None) -> dict[str, Any]:
    said = STATEMENTS if statements is None else statements
    return {"statements": [{"statement": s, "verdict": v, "reason": ""} for s, v in zip(said, verdicts, strict=False)]}


def test_a_reply_with_one_verdict_each_adds_up_in_any_order() -> None:
    asked = {"statements": STATEMENTS}
    assert fault(asked, reply(1, 0, 1), "NLIStatementOutput") == ""
    assert fault(asked, reply(1, 0, 1, statements=STATEMENTS[::-1]), "NLIStatementOutput") == ""
    near = ["bowls dry for  two days.", "The kiln fires at 900 degrees", "It was built in 1911."]
    assert fault(asked, reply(1, 0, 1, statements=near), "NLIStatementOutput") == ""


@pytest.mark.parametrize(
    ("asked", "said", "why"),
    [
        (STATEMENTS, reply(1, 0), "2 statements for 3 statements"),
        (STATEMENTS, reply(1, 0, -1), "verdict -1 is none of 0, 1"),
        (STATEMENTS, reply(1, 0, 2), "verdict 2 is none of 0, 1"),
        (STATEMENTS, reply(1, 1, 1, statements=["Statement 1", "Statement 2", "Statement 3"]), "not asked"),
        (STATEMENTS, reply(1, 1, 1, statements=[STATEMENTS[0]] * 3), "not asked"),
        (STATEMENTS, {"statements": []}, "0 statements for 3 statements"),
        (None, reply(1, 1, 1), "no statement was asked"),
    ],
)
def test_what_does_not_add_up_is_said(asked: list[str] | None, said: dict[str, Any], why: str) -> None:
    assert why in fault({} if asked is None else {"statements": asked}, said, "NLIStatementOutput")


def test_ratings_and_lists_of_other_prompts() -> None:
    assert "rating 3" in fault({}, {"rating": 3}, "ResponseGroundednessOutput")
    assert fault({}, {"rating": 4}, "AnswerAccuracyOutput") == ""
    assert "1 answers for 2 questions" in fault({"questions": ["a", "b"]}, {"answers": ["1"]}, "GenerateAnswersOutput")
    assert "attributed 5" in fault({}, {"classifications": [{"attributed": 5}]}, "ContextRecallOutput")
    assert empty({"claims": []}) == "claims"
    assert empty({"claims": ["x"]}) is None
    assert judged({"rating": 1}) == [{"rating": 1}]
    assert judged({"statements": ["x"]}) == []


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6), st.data())
def test_nothing_adds_up_but_one_verdict_each(sent: list[str], data: st.DataObject) -> None:
    back = data.draw(st.lists(st.sampled_from([*sent, "Nobody said this."]), max_size=7))
    verdicts = data.draw(st.lists(st.sampled_from([0, 1, -1, 2]), min_size=len(back), max_size=len(back)))
    if fault({"statements": sent}, reply(*verdicts, statements=back), "NLIStatementOutput") == "":
        assert len(back) == len(sent)
        assert set(verdicts) <= {0, 1}


@given(st.text())
def test_the_input_is_found_behind_any_text(before: str) -> None:
    assert asked_of(f'{before}\ninput: {{"statements": ["a\\ninput: b"]}}\nOutput: ') == {"statements": ["a\ninput: b"]}
    assert asked_of(before.replace("input", "")) == {}


@pytest.mark.skipif(find_spec("ragas") is not None, reason="ragas is installed")
def test_without_the_extra_its_name_is_said() -> None:
    with pytest.raises(MissingExtraError, match="Install the extra 'ragas'"):
        registry.build("scorers", registry.parse("ragas:faithfulness?model=m"))
