"""Two runs, paired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.records import Spec
from harness.stats import mcnemar
from harness.summary import compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Record, Run

    MakeRecord = Callable[..., Record]
    MakeRun = Callable[..., Run]


def test_a_better_second_run_is_called_better_whichever_way_the_metric_points(record: MakeRecord, run: MakeRun) -> None:
    first = run([record(n, 0.5 if n % 2 else 1.0) for n in range(60)], "old")
    second = run([record(n, 0.5 if n % 20 == 0 else 1.0) for n in range(60)], "new")
    found = {difference.metric: difference for difference in compare(first, second).differences}
    assert found["groundedness"].verdict == found["hallucination"].verdict == "better"
    assert found["groundedness"].difference.value == pytest.approx(0.225)
    assert found["hallucination"].difference.value == pytest.approx(-0.225)
    assert found["hallucination_rate"].first.value == 0.5
    assert found["hallucination_rate"].p_value == mcnemar(30, 3)
    assert found["refusal"].verdict == "not comparable"
    assert {d.metric: d.verdict for d in compare(second, first).differences}["groundedness"] == "worse"


def test_only_what_both_scored_is_paired(record: MakeRecord, run: MakeRun) -> None:
    first = run([record(n, 1.0, trial=t) for n in range(4) for t in range(2)], "old")
    second = run([record(n, None if n == 3 else 1.0) for n in range(2, 9)], "new")
    result = compare(first, second)
    assert result.pairs == 2
    assert result.differences[0].difference.n == 1


def test_equal_runs_show_no_difference_but_leave_room_for_one(record: MakeRecord, run: MakeRun) -> None:
    same = run([record(n, 1.0) for n in range(30)])
    grounded = compare(same, same).differences[0]
    assert (grounded.verdict, grounded.p_value, grounded.difference.value) == ("no difference shown", 1.0, 0.0)
    assert grounded.difference.low is not None
    assert grounded.difference.low < -0.05


@pytest.mark.parametrize(
    ("change", "why"),
    [({"cases_digest": "d2"}, "asked different cases"), ({"detector": Spec(name="judge", target="m")}, "judge:m")],
)
def test_runs_on_other_cases_or_by_another_detector_are_refused_unless_allowed(
    record: MakeRecord, run: MakeRun, change: dict[str, object], why: str
) -> None:
    first, second = run([record(0, 1.0)], "old"), run([record(0, 1.0)], "new", **change)
    with pytest.raises(UsageError, match=why):
        compare(first, second)
    assert len(compare(first, second, allow_unlike=True).unlike) == 1


def test_unlike_prompts_are_shown(record: MakeRecord, run: MakeRun) -> None:
    first = run([record(0, 1.0)], prompt="grounded", prompt_digest="aa")
    second = run([record(0, 1.0)], prompt="stuffing", prompt_digest="bb")
    assert compare(first, second).unlike == ("unlike prompt: grounded (aa) against stuffing (bb)",)
