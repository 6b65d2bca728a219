"""Two runs held against each other, paired on the cases and trials that both scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.errors import UsageError
from harness.summary.contrasting import contrasts, quantities, verdict
from harness.summary.drift import drift
from harness.summary.grid import grid_of
from harness.summary.noting import shown, unlike
from harness.summary.nouns import Comparison, Subgroup
from harness.summary.table import tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.records import Header, Run, Spec
    from harness.summary.contrasting import Quantity
    from harness.summary.table import Table

__all__ = ["compare", "paired_differences", "refuse_unlike"]


def compare(
    first: Run,
    second: Run,
    *,
    allow_unlike: bool = False,
    margin: float | None = None,
    tags: Sequence[str] | None = None,
) -> Comparison:
    """Compare two runs metric by metric: `second - first`, with an interval, tests and what they could have shown.

    Metrics that only one run has are left out. For `hallucination` there is a second row, `hallucination_rate`: the
    share of answers with an unsupported span; for `groundedness` there is `eligible_groundedness`: over the answers
    that do answer. With a `margin` (a share, above 0) it is also tested whether the second is not worse by more than
    that, or equivalent within it. Subgroups are those of the `tags`, or of all that both runs have.

    Raises:
        UsageError: the cases, the detector or the scorers differ, and `allow_unlike` is not set; the margin is no
            share; or a case stands in a run twice.
    """
    if margin is not None and not 0 < margin < 1:
        msg = f"a margin must lie between 0 and 1, not {margin:g}. Write 0.02 for two points of a hundred."
        raise UsageError(msg)
    if not allow_unlike:
        refuse_unlike(first.header, second.header)
    tables = tabulate(first), tabulate(second)
    theirs = {metric.name for metric in second.header.metrics}
    compared = quantities([metric for metric in first.header.metrics if metric.name in theirs])
    return Comparison(
        first=first.header.candidate,
        second=second.header.candidate,
        pairs=len(set(tables[0].keys) & set(tables[1].keys)),
        differences=contrasts(tables, compared, margin=margin)[0, 1],
        unlike=(*drift(first.header, second.header), *unlike(first.header, second.header)),
        margin=margin,
        subgroups=_subgroups(tables, compared, tags),
    )


def refuse_unlike(first: Header, second: Header) -> None:
    """Refuse to compare what differs in more than the candidate.

    Raises:
        UsageError: the cases, the detector (or the judge) or the scorers are not the same.
    """
    problems = []
    if first.cases_digest != second.cases_digest:
        digests = f"{first.cases_digest[:12]}, {second.cases_digest[:12]}"
        problems.append(f"they were asked different cases (digests {digests})")
    if (first.detector, first.detector_digest) != (second.detector, second.detector_digest):
        problems.append(f"they were judged by different detectors ({shown(first.detector)}, {shown(second.detector)})")
    if first.scorers != second.scorers:
        problems.append(f"they were scored by different scorers ({_listed(first.scorers)}; {_listed(second.scorers)})")
    if problems:
        msg = (
            f"{first.candidate!r} and {second.candidate!r} can't be compared: {' and '.join(problems)}, so a "
            "difference would say little about the candidates. Run both on the same cases with the same detector and "
            "scorers, or pass --allow-unlike."
        )
        raise UsageError(msg)


def _listed(scorers: Sequence[Spec]) -> str:
    return ", ".join(map(shown, scorers)) or "none"


def _subgroups(
    tables: tuple[Table, Table], compared: Sequence[Quantity], wanted: Sequence[str] | None
) -> tuple[Subgroup, ...]:
    """Return the differences among the cases of each tag, corrected over the tags metric by metric."""
    tags = sorted({*tables[0].tags} & {*tables[1].tags} & {*(wanted if wanted is not None else tables[0].tags)})
    by_tag = {tag: contrasts(tables, compared, tag=tag)[0, 1] for tag in tags}
    found = []
    for number in range(len(compared)):
        rows = [(tag, by_tag[tag][number]) for tag in tags if by_tag[tag][number].p_value is not None]
        adjusted = stats.holm([row.p_value for _, row in rows])
        found += [
            Subgroup(
                tag=tag,
                metric=row.metric,
                direction=row.direction,
                difference=row.difference,
                p_value=row.p_value,
                adjusted=p,
                verdict=verdict(row.difference.value, p, row.direction),
                error=row.error,
                freedom=row.freedom,
                detectable=row.detectable,
            )
            for (tag, row), p in zip(rows, adjusted, strict=True)
        ]
    return tuple(found)


def paired_differences(
    first: Run, second: Run | None, metric: str
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the paired differences on a metric, and the case and the cluster of each, as codes.

    Without a second run, the differences between one trial of a case and the next.

    Raises:
        UsageError: the metric was not scored.
    """
    tables = [tabulate(run) for run in (first, second) if run is not None]
    for table in tables:
        if metric not in table.values:
            msg = f"{metric!r} was not scored. Scored were: {', '.join(table.values) or 'none'}."
            raise UsageError(msg)
    grid = grid_of(tables)
    values = grid.values([table.values[metric] for table in tables])
    names = {case_id: code for code, case_id in enumerate(dict.fromkeys(key[0] for key in grid.keys))}
    cases = np.array([names[key[0]] for key in grid.keys], dtype=np.intp)
    if second is None:
        differences = np.where(cases[1:] == cases[:-1], values[1:, 0] - values[:-1, 0], np.nan)
        cases, clusters = cases[1:], grid.clusters[1:]
    else:
        differences, clusters = values[:, 1] - values[:, 0], grid.clusters
    kept = ~np.isnan(differences)
    return differences[kept], cases[kept], clusters[kept]
