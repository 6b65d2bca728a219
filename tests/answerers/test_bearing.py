"""What speaks for passages answering a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.align import analyse
from harness.answerers.bearing import bearing
from harness.records import Passage

SOURCE = analyse(
    (
        Passage(
            id="p1", text="The mill bridge was built by Anna Berg in 1902. It carries trains and not cars. It is tall."
        ),
    )
)


@pytest.mark.parametrize(
    ("answerable", "not_answerable"),
    [
        ("Who built the mill bridge?", "Who painted the harbour tower?"),
        ("What does the mill bridge carry?", "What does the mill bridge not carry on Sundays?"),
        ("When was the mill bridge built?", "How many people work at the mill bridge?"),
        ("What did Anna Berg build?", "What did Maria Stone build?"),
        ("Is the bridge tall?", "Is the bridge short?"),
    ],
)
def test_what_can_be_answered_bears_more(answerable: str, not_answerable: str) -> None:
    assert bearing(answerable, SOURCE) > bearing(not_answerable, SOURCE)


@given(st.text(), st.text())
def test_it_lies_between_0_and_1(query: str, text: str) -> None:
    assert 0 <= bearing(query, analyse((Passage(id="p1", text=text),))) <= 1 + 1e-9


def test_nothing_bears_on_nothing() -> None:
    assert bearing("Who?", SOURCE) == 0.0
    assert bearing("Who built the bridge?", analyse(())) == 0.0
