"""Both refusal errors, the joint scores of the field, and what trivial candidates would get.

Answerable and unanswerable cases count for the F1 scores, whose positive class is named; a hedged answer is an answer.
The joint scores are never printed without those of always answering and always refusing on the same cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from harness.classification import f1, resampled
from harness.summary.estimating import mean_within, rate_of
from harness.summary.nouns import Estimate, RefusalTable, TrivialScores
from harness.summary.table import NOTHING, RESPONSES, Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.records import Answerable, Response
    from harness.summary.table import Rows, Table

    Flags = NDArray[np.bool_]

__all__ = ["refusal_table"]

_ANSWERABLE: Final[tuple[Answerable | None, ...]] = ("yes", "no", "partial", "false_presupposition", None)
_DECLINED: Final[tuple[Response, ...]] = ("refused", "undetermined")


def refusal_table(table: Table) -> RefusalTable:
    """Return the counts of case by response and all figures on refusals."""
    counts: dict[Answerable | None, dict[Response, int]] = {}
    for kind in _ANSWERABLE:
        if kind in table.answerable:
            rows = table.answerable[kind]
            counts[kind] = {response: len(np.intersect1d(rows, _got(table, (response,)))) for response in RESPONSES}
    decided = np.intersect1d(_cases(table, ("yes", "no")), _got(table, RESPONSES))
    unanswerable = np.isin(decided, _cases(table, ("no",)))
    refused = np.isin(decided, _got(table, ("refused",)))
    rates = {kind: {one: _share(table, kind, (one,)) for one in RESPONSES} for kind in counts}
    return RefusalTable(
        counts=counts,
        rates=rates,
        missed_refusals=_share(table, "no", ("answered", "hedged")),
        over_refusals=_share(table, "yes", ("refused",)),
        refusal_f1=_scored(f1, decided, refused, unanswerable, table),
        grounded_refusal_f1=_scored(grounded_refusal_f1, decided, refused, unanswerable, table),
        truthfulness=mean_within(_truthfulness(table), table.clusters, (-1.0, 1.0)),
        trivial=_trivial(table, unanswerable),
    )


def grounded_refusal_f1(refused: Flags, unanswerable: Flags) -> float:
    """Return F1_GR of the trust-score (Song et al. 2025): the mean of the F1 of refusing and the F1 of answering.

    >>> grounded_refusal_f1(np.array([True, False]), np.array([True, False]))
    1.0
    """
    return (f1(refused, unanswerable) + f1(~refused, ~unanswerable)) / 2


def _scored(
    measure: Callable[[Flags, Flags], float], rows: Rows, refused: Flags, unanswerable: Flags, table: Table
) -> Estimate:
    """Estimate a score of decisions; none where one of the two kinds of case is missing."""
    if not unanswerable.any() or unanswerable.all():
        return Estimate(value=None, low=None, high=None, n=0, clusters=0, method="one kind of case is missing")
    codes = table.clusters[rows]
    interval = resampled(lambda sample: measure(refused[sample], unanswerable[sample]), codes)
    low, high = interval if interval is not None else (None, None)
    return Estimate(
        value=measure(refused, unanswerable),
        low=low,
        high=high,
        n=len(rows),
        clusters=len(np.unique(codes)),
        method="cluster bootstrap",
    )


def _truthfulness(table: Table) -> Column:
    """Return CRAG's score of each answer: 1 right, 0 for declining what can be answered, -1 wrong.

    An answer to a case that cannot be answered is wrong and declining it right, as in CRAG's questions with a false
    premise; correcting the premise is right as well.
    Else, right is what correctness says, or where nothing is known of it, whether nothing unsupported was found.
    """
    classed = _got(table, RESPONSES)
    declined = np.isin(classed, _got(table, _DECLINED))
    hopeless = np.isin(classed, _cases(table, ("no", "false_presupposition")))
    known = np.isin(classed, _cases(table, ("yes", "partial", "no", "false_presupposition")))
    verdicts = np.full(len(table.ids), np.nan)
    for metric in ("hallucination", "correctness"):  # the later one overrides
        column = table.passed.get(metric, NOTHING)
        verdicts[column.rows] = column.values
    corrected = table.passed.get("refusal", NOTHING).among(_cases(table, ("false_presupposition",)))
    verdicts[corrected.rows] = corrected.values
    verdicts[_cases(table, ("no",))] = 0.0
    right = verdicts[classed]
    values = np.where(declined, np.where(hopeless, 1.0, 0.0), np.where(right == 1.0, 1.0, -1.0))
    kept = known & (declined | ~np.isnan(right))
    return Column(rows=classed[kept], values=values[kept])


def _trivial(table: Table, unanswerable: Flags) -> dict[str, TrivialScores]:
    """Return what always answering (every answerable case rightly) and always refusing get on the same cases."""
    classed = np.intersect1d(_got(table, RESPONSES), _cases(table, ("yes", "partial", "no", "false_presupposition")))
    hopeless = np.isin(classed, _cases(table, ("no", "false_presupposition")))
    share = float(hopeless.mean()) if len(classed) else None
    both = bool(unanswerable.any() and not unanswerable.all())
    found = {}
    for name, refuses in (("always answer", False), ("always refuse", True)):
        decisions = np.full(len(unanswerable), refuses)
        truth = None if share is None else share if refuses else 1.0 - 2.0 * share
        found[name] = TrivialScores(
            refusal_f1=f1(decisions, unanswerable) if both else None,
            grounded_refusal_f1=grounded_refusal_f1(decisions, unanswerable) if both else None,
            truthfulness=truth,
        )
    return found


def _cases(table: Table, kinds: tuple[Answerable | None, ...]) -> Rows:
    return np.sort(np.concatenate([NOTHING.rows, *(table.answerable.get(kind, NOTHING.rows) for kind in kinds)]))


def _got(table: Table, responses: tuple[Response, ...]) -> Rows:
    return np.sort(np.concatenate([NOTHING.rows, *(table.responses.get(one, NOTHING.rows) for one in responses)]))


def _share(table: Table, kind: Answerable | None, responses: tuple[Response, ...]) -> Estimate:
    """Estimate how large a share of one kind of case got one of the responses."""
    rows = np.intersect1d(_cases(table, (kind,)), _got(table, RESPONSES))
    hits = np.isin(rows, _got(table, responses))
    return rate_of(Column(rows=rows, values=hits.astype(np.float64)), table.clusters)
