"""The rules alone, without the model: what they take for a change of the evidence, and what for another wording."""

from __future__ import annotations

import pytest

from harness.align import align, analyse, query_keys, words
from harness.detectors.conflicts import Conflict, conflicts
from harness.detectors.features import Claim
from harness.records import Passage
from harness.text.sentences import segments

BOX_SCORE = """HOME TEAM: AST=28, CITY=Aldern, NAME=Herons, PTS=113, REB=47
PLAYER | MIN | PTS | REB | AST
Mara Lindt | 33 | 17 | 3 | 4
Jon Okafor | 20 | 9 | 6 | 1
"""
TABLE = """| Site | Opened | Visitors | Staff |
|---|---|---|---|
| Brixholm | 1987 | 4,200 | 12 |
| Carrow | 1990 | 3,100 | 9 |
"""


def certain(context: str, claim: str, query: str = "") -> list[tuple[str, str]]:
    source = analyse((Passage(id="p1", text=context),))
    (segment,) = segments(claim)
    found = words(claim, segment.start, segment.end)
    one = Claim(claim, segment.start, segment.end, segment.kind, found, align(source, found, query_keys(query)))

    def said(conflict: Conflict) -> str:
        return claim[found[conflict.first].start : found[conflict.last].end]

    return [(conflict.kind, said(conflict)) for conflict in conflicts(source, one, query) if conflict.certain]


@pytest.mark.parametrize(
    ("claim", "figures"),
    [
        ("Mara Lindt scored 17 points and took three rebounds.", []),
        ("Jon Okafor scored 17 points and took six rebounds.", ["17"]),
        ("Mara Lindt gave two assists in 33 minutes.", ["two"]),
        ("The Herons of Aldern took 47 rebounds.", []),
        ("The Herons of Aldern scored 105 points.", ["105"]),
        ("Mara Lindt and Jon Okafor scored 17 points and 9 points.", []),
        ("Mara Lindt and Jon Okafor combined for 26 points.", []),
        ("Mara Lindt hit a three - point shot.", []),
    ],
)
def test_figures_are_read_in_the_row_and_column_that_the_claim_names(claim: str, figures: list[str]) -> None:
    assert [said for kind, said in certain(BOX_SCORE, claim) if kind == "quantity"] == figures


def test_the_heads_of_a_markdown_table_name_its_columns() -> None:
    assert not certain(TABLE, "In Carrow there are 9 staff and 3,100 visitors a day.")
    assert certain(TABLE, "In Carrow there are 12 staff and 3,100 visitors a day.") == [("quantity", "12")]


@pytest.mark.parametrize(
    ("context", "claim"),
    [
        (
            "Whether mechanics are paid overtime depends on where they work, on commission or not, and on the state.",
            "Whether mechanics are paid overtime depends on where they work, on commission, and on the state.",
        ),
        (
            "Breathing out requires no effort from the body at rest.",
            "Breathing out does not require any effort from the body at rest.",
        ),
        (
            "The ambush was the No. 1 cause of deaths among officers in the county last year.",
            "The ambush was the leading cause of deaths among officers in the county last year.",
        ),
        (
            "It is not clear whether the crew will testify on Monday.",
            "It is unclear whether the crew will testify on Monday.",
        ),
        (
            "4 Serve with the beer mixture as a topping or side.",
            "Step 6: Serve the sausage with the beer mixture as a topping or side dish.",
        ),
        (
            "The woman from Dunvale was sentenced to five years and four months in prison for fraud.",
            "The woman from Dunvale was sentenced to 64 months in prison for fraud.",
        ),
        (
            "One cup of broccoli contains the RDA of vitamin C for an adult.",
            "One cup of broccoli contains the recommended daily allowance of vitamin C for an adult.",
        ),
    ],
)
def test_another_wording_is_no_change(context: str, claim: str) -> None:
    assert not certain(context, claim)


@pytest.mark.parametrize(
    ("context", "claim", "change"),
    [
        (
            "The pump is not open on Sundays in winter.",
            "The pump is open on Sundays in winter.",
            ("polarity", "is open"),
        ),
        (
            "The pump of Aldern holds 40 litres of oil.",
            "The pump of Aldern holds 90 litres of oil.",
            ("quantity", "90"),
        ),
        ("Clean the pump in step 4 before the test.", "Clean the pump in step 7 before the test.", ("quantity", "7")),
        (
            "The pump must be cleaned every day at noon.",
            "The pump must be cleaned every week at noon.",
            ("opposite", "week"),
        ),
    ],
)
def test_one_changed_word_in_a_copy_is_certain(context: str, claim: str, change: tuple[str, str]) -> None:
    assert set(certain(context, claim)) == {change}


def test_another_count_of_the_same_is_certain_however_it_is_worded() -> None:
    context = "Each model underwent training for 10 epochs, utilizing a batch size of 32. Accuracy was the metric."
    assert certain(context, "All models had 20 epochs of training, in batches of 32.") == [("quantity", "20")]
    assert not certain(context, "All models had 10 epochs of training, in batches of 32.")


def test_a_name_added_from_another_passage_is_no_change_but_one_put_in_the_place_of_another_is() -> None:
    context = "A Russian submarine under repair at a shipyard has caught fire. The Zvezda yard lies in Severin."
    assert not certain(context, "A submarine under repair at the Zvezda shipyard in Severin has caught fire.")
    assert certain(context, "A Zvezda submarine under repair at a shipyard has caught fire.") == [("name", "Zvezda")]


def test_who_is_asked_how_to_do_something_may_name_it() -> None:
    context = "Spread the granules evenly when the lawn begins to grow, and water it."
    claim = "The proper way to fertilize a lawn is to spread granules evenly."
    assert not certain(context, claim, "What is the proper way to fertilize a lawn?")
    assert certain(context, "The mayor fertilized the lawn.", "Why was the mayor fertilizing the lawn?") != []
