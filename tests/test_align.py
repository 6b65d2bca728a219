"""Alignment: where the items of a sentence stand, and the evidence for it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.align import align, analyse, evidence, query_keys, words
from harness.records import Passage

PASSAGES = (
    Passage(id="p1", text="The pump starts at nine. The valve is made of brass."),
    Passage(id="p2", text="Service is due every 500 hours. Only trained staff may open the lid."),
)


def test_evidence_points_at_the_sentence() -> None:
    source, said = analyse(PASSAGES), words("Service is due every 500 hours.")
    found = align(source, said)
    best = evidence(source, found)[0]
    assert (best.passage, PASSAGES[1].text[best.start : best.end]) == ("p2", "Service is due every 500 hours.")
    assert best.similarity == 1.0
    assert found.coverage == (1.0, 1.0, 1.0)


def test_several_passages_are_joined() -> None:
    source, said = analyse(PASSAGES), words("The brass valve needs service every 500 hours.")
    assert {e.passage for e in evidence(source, align(source, said))} == {"p1", "p2"}


def test_places() -> None:
    said = words("The turbine valve rattles.")
    found = align(analyse(PASSAGES), said, query_keys("Is the turbine green?"))
    assert [p for w, p in zip(said, found.places, strict=True) if not w.stop] == ["query", "evidence", "nowhere"]


def test_no_passages() -> None:
    found = align(analyse(()), words("Anything goes."))
    assert (found.coverage, found.units, set(found.places)) == ((0.0, 0.0, 0.0), (), {"nowhere"})


def test_emphasis_hides_no_date_and_shifts_no_offset() -> None:
    text = "Opened on **3** _May_ **1987** in snake_case."
    found = [(word.keys[0], text[word.start : word.end]) for word in words(text, 10) if not word.stop]
    assert found[0] == ("#1987-05-03", "3** _May_ **1987")
    assert found[-1][1] == "case"


def test_a_copy_of_a_passage_is_left_out() -> None:
    source = analyse((*PASSAGES, Passage(id="p3", text=PASSAGES[0].text)))
    assert source.passages == PASSAGES
    assert analyse((*PASSAGES, Passage(id="p3", text=PASSAGES[0].text))) is source


def test_a_units_words_are_the_same_whenever_they_are_found() -> None:
    for unit in analyse(PASSAGES).units:
        assert unit.words == words(PASSAGES[unit.passage == 1].text, unit.start, unit.end)


@given(st.lists(st.text(), max_size=4), st.text())
def test_alignment_is_total_and_bounded(contexts: list[str], sentence: str) -> None:
    source = analyse(tuple(Passage(id=f"p{n}", text=c) for n, c in enumerate(contexts)))
    said = words(sentence)
    found = align(source, said)
    assert all(0.0 <= share <= 1.0 for share in found.coverage)
    assert list(found.coverage) == sorted(found.coverage)
    assert len(found.places) == len(said)
    for proof in evidence(source, found):
        text = next(p.text for p in source.passages if p.id == proof.passage)
        assert 0 <= proof.start < proof.end <= len(text)
        assert 0.0 <= proof.similarity <= 1.0


_SAID = st.lists(
    st.sampled_from("pump pumping valve brass the of 500 opened Aldern harbourside harbourmaster".split()), max_size=9
)


@given(st.lists(_SAID, max_size=4), _SAID)
def test_the_index_knows_what_stands_where_and_beside_what(passages: list[list[str]], asked: list[str]) -> None:
    texts = [" ".join(said) + "." for said in passages if said]
    source = analyse(tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(texts)))
    told = [words(passage.text) for passage in source.passages]
    said = words(" ".join(asked))
    norms = [[word.keys[0] for word in one] for one in told]
    content = [[word.keys[0] for word in one if not word.stop] for one in told]
    twos = {pair for one in norms for pair in pairwise(one)}
    threes = {three for one in norms for three in zip(one, one[1:], one[2:], strict=False)}
    near = {(a, b) for one in content for n, a in enumerate(one) for b in one[n + 1 : n + 4]}

    for word in said:
        held = [n for n, unit in enumerate(source.units) if word.keys[0] in {other.keys[0] for other in unit.words}]
        assert list(source.postings[word.keys[0]]) == held
        assert (word.keys[0] in source.postings) == bool(held)
    keys = [word.keys[0] for word in said]
    follow, in_threes = source.neighbours.follow(source.postings.numbered(keys))
    assert follow == [pair in twos for pair in pairwise(keys)]
    assert in_threes == [three in threes for three in zip(keys, keys[1:], keys[2:], strict=False)]
    own = [word.keys[0] for word in said if not word.stop]
    beside, turned, around = source.neighbours.beside(source.postings.numbered(own))
    assert beside == [(a, b) in near or (b, a) in near for a, b in pairwise(own)]
    assert turned == [(b, a) in near and (a, b) not in near for a, b in pairwise(own)]
    assert around == [(a, b) in near or (b, a) in near for a, b in zip(own, own[2:], strict=False)]


def test_a_word_that_begins_alike_is_held_inexactly() -> None:
    source = analyse(
        (Passage(id="p1", text="The harbourmaster left. A harp was sold. Should it rain, it is harbourside."),)
    )
    assert list(source.postings.akin("harbours")) == [0, 2]
    assert source.postings.akin("harp") == ()  # too short
    assert not source.postings.akin("shoulder")  # a word of grammar holds nothing
