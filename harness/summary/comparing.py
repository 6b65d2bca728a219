"""Two runs held against each other, paired on the cases and trials that both scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.errors import UsageError
from harness.summary.drift import drift
from harness.summary.estimating import difference_of, mean_of, p_value, rate_of
from harness.summary.noting import shown, unlike
from harness.summary.nouns import Comparison, Difference
from harness.summary.table import NOTHING, Column, paired, tabulate

if TYPE_CHECKING:
    from typing import Literal

    from harness.records import Direction, Header, Run
    from harness.summary.nouns import Estimate
    from harness.summary.table import Table

__all__ = ["compare"]

SIGNIFICANT: Final = 0.05


def compare(first: Run, second: Run, *, allow_unlike: bool = False) -> Comparison:
    """Compare two runs metric by metric: `second - first`, with an interval and a p-value.

    Metrics that only one run has are left out. For `hallucination` there is a second row, `hallucination_rate`: the
    share of answers with an unsupported span.

    Raises:
        UsageError: the cases or the detector differ, and `allow_unlike` is not set; or a case stands in a run twice.
    """
    if not allow_unlike:
        _refuse_unlike(first.header, second.header)
    tables = tabulate(first), tabulate(second)
    theirs = {metric.name for metric in second.header.metrics}
    differences = []
    for metric in first.header.metrics:
        if metric.name not in theirs:
            continue
        columns = tables[0].values.get(metric.name, NOTHING), tables[1].values.get(metric.name, NOTHING)
        differences.append(_difference(metric.name, metric.direction, tables, columns))
        if metric.name == "hallucination":
            rates = _failed(tables[0], metric.name), _failed(tables[1], metric.name)
            differences.append(_difference("hallucination_rate", "lower", tables, rates))
    return Comparison(
        first=first.header.candidate,
        second=second.header.candidate,
        pairs=len(set(tables[0].keys) & set(tables[1].keys)),
        differences=tuple(differences),
        unlike=(*drift(first.header, second.header), *unlike(first.header, second.header)),
    )


def _refuse_unlike(first: Header, second: Header) -> None:
    problems = []
    if first.cases_digest != second.cases_digest:
        problems.append("they were asked different cases")
    if (first.detector, first.detector_digest) != (second.detector, second.detector_digest):
        problems.append(f"they were judged by different detectors ({shown(first.detector)}, {shown(second.detector)})")
    if problems:
        msg = (
            f"{first.candidate!r} and {second.candidate!r} can't be compared: {' and '.join(problems)}, so a "
            "difference would say little about the candidates. Run both on the same cases with the same detector, or "
            "pass --allow-unlike."
        )
        raise UsageError(msg)


def _failed(table: Table, metric: str) -> Column:
    passed = table.passed.get(metric, NOTHING)
    return Column(rows=passed.rows, values=1 - passed.values)


def _difference(
    name: str, direction: Direction, tables: tuple[Table, Table], columns: tuple[Column, Column]
) -> Difference:
    rows, before, after = paired((tables[0], columns[0]), (tables[1], columns[1]))
    clusters = tables[0].clusters
    codes = clusters[rows]
    estimate = rate_of if set(before) | set(after) <= {0.0, 1.0} else mean_of
    found = difference_of(after - before, codes)
    p = p_value(after - before, codes)
    return Difference(
        metric=name,
        direction=direction,
        first=estimate(Column(rows=rows, values=before), clusters),
        second=estimate(Column(rows=rows, values=after), clusters),
        difference=found,
        p_value=p,
        verdict=_verdict(found, p, direction),
    )


def _verdict(
    difference: Estimate, p: float | None, direction: Direction
) -> Literal["better", "worse", "no difference shown", "not comparable"]:
    """Say whether the second is better; a difference counts only if the test shows it at 5%."""
    if p is None or difference.value is None:
        return "not comparable"
    if p >= SIGNIFICANT:
        return "no difference shown"
    return "better" if (difference.value > 0) == (direction == "higher") else "worse"
