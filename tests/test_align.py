"""Alignment: where the items of a sentence stand, and the evidence for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.align import align, analyse, items
from harness.records import Passage

PASSAGES = (
    Passage(id="p1", text="The pump starts at nine. The valve is made of brass."),
    Passage(id="p2", text="Service is due every 500 hours. Only trained staff may open the lid."),
)


def test_evidence_points_at_the_sentence() -> None:
    found = align(analyse(PASSAGES), items("Service is due every 500 hours."))
    best = found.evidence[0]
    assert (best.passage, PASSAGES[1].text[best.start : best.end]) == ("p2", "Service is due every 500 hours.")
    assert found.coverage == 1.0
    assert set(found.places) == {"evidence"}


def test_several_passages_are_joined() -> None:
    found = align(analyse(PASSAGES), items("The brass valve needs service every 500 hours."))
    assert {e.passage for e in found.evidence} == {"p1", "p2"}


def test_places() -> None:
    asked = frozenset(key for item in items("Is the turbine green?") for key in item.keys)
    found = align(analyse(PASSAGES), items("The turbine valve rattles."), asked)
    assert found.places == ("query", "evidence", "nowhere")


def test_no_passages() -> None:
    found = align(analyse(()), items("Anything goes."))
    assert (found.coverage, found.evidence, set(found.places)) == (0.0, (), {"nowhere"})


@given(st.lists(st.text(), max_size=4), st.text())
def test_alignment_is_total_and_bounded(contexts: list[str], sentence: str) -> None:
    source = analyse(tuple(Passage(id=f"p{n}", text=c) for n, c in enumerate(contexts)))
    found = align(source, items(sentence))
    assert 0.0 <= found.coverage <= 1.0
    assert len(found.places) == len(items(sentence))
    for evidence in found.evidence:
        text = next(p.text for p in source.passages if p.id == evidence.passage)
        assert 0 <= evidence.start < evidence.end <= len(text)
        assert 0.0 <= evidence.similarity <= 1.0
