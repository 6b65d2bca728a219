"""How far a judge agrees with people, and what its rate is once its errors are taken out; pure, on arrays.

A judge's rate of "unsupported" is biased by what it misses and what it raises in vain. With a random sample of its
answers labelled by people, `prediction_powered` and `rogan_gladen` give the true rate with an interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.stats.clusters import informative
from harness.stats.distributions import LEVEL, normal_quantile, student_quantile
from harness.stats.intervals import Interval, wilson

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from harness.stats.clusters import Floats

__all__ = ["Corrected", "ac1", "alpha", "kappa", "prediction_powered", "rogan_gladen"]

_FEW: Final = 30
"""With fewer labels than this, or fewer than 5 of either kind, no interval of a correction holds its level."""
_FEW_OF_A_KIND: Final = 5
_MOST_LEVERAGE: Final = 0.5
"""A label that holds a line alone would else count without end."""
_TELLING: Final = 3
"""With fewer errors among the labels their spread alone says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A rate in [0, 1] with its judge's errors taken out, and the interval.

    `helps` is False where the judge adds nothing: the labels are too few for the interval to hold its level, or they
    alone give one as narrow.
    """

    value: float
    interval: Interval
    helps: bool


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa of two raters (Cohen 1960), at most 1; None if both say one and the same of everything.

    >>> round(kappa([1, 1, 0, 0], [1, 0, 0, 0]), 3)
    0.5
    """
    table = _shares(first, second)
    expected = float(table.sum(axis=1) @ table.sum(axis=0))
    return None if expected >= 1 or not len(first) else float((np.trace(table) - expected) / (1 - expected))


def ac1(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return Gwet's AC1 (Gwet 2008), which a lopsided prevalence does not pull down as it does kappa; None if empty.

    >>> round(ac1([1] * 9 + [0], [1] * 10), 3)
    0.89
    """
    if not len(first):
        return None
    table = _shares(first, second)
    share = (table.sum(axis=1) + table.sum(axis=0)) / 2
    expected = float((share * (1 - share)).sum() / max(1, len(share) - 1))
    return float((np.trace(table) - expected) / (1 - expected))


def alpha(units: Sequence[Sequence[Hashable | None]]) -> float | None:
    """Return Krippendorff's alpha for names (Krippendorff 2011): a row a unit, a column a rater, None where missing.

    Units that fewer than two raters saw say nothing; None if there is no other, or only one value in all.

    >>> round(alpha([(1, 1), (1, 0), (0, 0), (0, 0)]), 3)
    0.533
    """
    rated = [[value for value in unit if value is not None] for unit in units]
    rated = [unit for unit in rated if len(unit) > 1]
    values = sorted({value for unit in rated for value in unit}, key=repr)
    if len(values) < 2:  # noqa: PLR2004 - with one value nothing can differ
        return None
    counts = np.array([[unit.count(value) for value in values] for unit in rated], np.float64)
    sizes = counts.sum(axis=1)
    seen = ((sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)).sum()
    total, of_each = sizes.sum(), counts.sum(axis=0)
    expected = (total**2 - (of_each**2).sum()) / (total - 1)
    return float(1 - seen / expected)


_NO_POWER: Final = 1e-9
"""A smaller power is the rounding of none: such a judge tells nothing, and only the labels count."""


def prediction_powered(
    judged: ArrayLike, labelled: ArrayLike, labels: ArrayLike, *, level: float = LEVEL
) -> Corrected | None:
    """Return the true rate by prediction-powered inference, with the power tuned (PPI++, Angelopoulos 2023).

    `judged` is what the judge says where nobody labelled, `labelled` what it says where somebody did, in the order of
    `labels`, a random sample. All are 0 or 1, or shares in between. None without two labels.

    The published interval is normal and misses too often with 150 labels (93% for 95%), on one side: so the residuals
    are HC3's (MacKinnon and White 1985), which make up for the power having been tuned on the same labels, and the
    interval is Wilson's at the sample size that would have the same error (Korn and Graubard 1998), with the degrees
    of freedom of the labels that the judge got wrong: those alone tell of the spread.
    """
    rest, said, true = (np.asarray(values, np.float64) for values in (judged, labelled, labels))
    n, more = len(true), len(rest)
    if n < 2 or len(said) != n:  # noqa: PLR2004 - a variance needs two
        return None
    spread = float(np.concatenate([rest, said]).var(ddof=1))
    joint = float(np.cov(said, true, ddof=1)[0, 1])
    power = min(1.0, joint / ((1 + n / more) * spread)) if more and spread else 0.0
    if power < _NO_POWER:
        power = 0.0
    residuals = true - power * said
    value = min(1.0, max(0.0, float((power * rest.mean() if more else 0.0) + residuals.mean())))
    errors = _sandwich(residuals, said) + (power**2 * float(rest.var()) / more if more else 0.0)
    telling = informative(true - said if power else true, np.ones(n))
    interval = _scored(value, errors, n, telling, level)
    return Corrected(value=value, interval=interval, helps=_helps(interval, true, level))


def _sandwich(residuals: Floats, said: Floats) -> float:
    """Return HC3's variance of the mean of the residuals of a line through what the judge said."""
    centred = said - said.mean()
    total = float(centred @ centred)
    leverage = 1 / len(said) + (centred**2 / total if total else 0.0)
    inflated = (residuals - residuals.mean()) / (1 - np.minimum(leverage, _MOST_LEVERAGE))
    return float(inflated @ inflated) / len(said) ** 2


def _scored(value: float, errors: float, n: int, telling: int, level: float) -> Interval:
    """Return Wilson's interval at the effective sample size; room is left for errors that may be unseen."""
    freedom = max(1, min(n - 1, 2 * telling))
    shrink = (normal_quantile(level) / student_quantile((1 + level) / 2, freedom)) ** 2 if telling else 1.0
    effective = value * (1 - value) / errors if errors and 0 < value < 1 else float(n)
    found = wilson(value * effective * shrink, effective * shrink, level=level)
    low, high = (found.low, found.high) if found else (0.0, 1.0)
    if telling < _TELLING:
        unseen = wilson(0, n, level=level)
        room = unseen.high if unseen else 1.0
        low, high = min(low, value - room), max(high, value + room)
    return Interval(low=max(0.0, low), high=min(1.0, high), method="prediction-powered inference, HC3 score")


def rogan_gladen(
    rate: float, n: int, labelled: ArrayLike, labels: ArrayLike, *, level: float = LEVEL
) -> Corrected | None:
    """Return the true rate from the judge's `rate` over `n` answers and its errors on the labelled ones.

    Rogan and Gladen 1978, with the interval of Lang and Reiczigel 2014, which allows for the uncertainty of both error
    rates. None if a kind is not among the labels, or the judge tells the kinds apart no better than chance.
    """
    said, true = np.asarray(labelled, np.float64), np.asarray(labels, np.float64)
    positive, negative = int(true.sum()), int((1 - true).sum())
    if not positive or not negative or not n:
        return None
    z = normal_quantile(level)
    found, left = float(said[true == 1].mean()), float(1 - said[true == 0].mean())
    if found + left <= 1:
        return None
    value = min(1.0, max(0.0, (rate + left - 1) / (found + left - 1)))
    # the adjusted counts of Lang and Reiczigel
    many, apparent = n + z**2, (n * rate + z**2 / 2) / (n + z**2)
    se, of_se = (positive * found + 1) / (positive + 2), positive + 2
    sp, of_sp = (negative * left + 1) / (negative + 2), negative + 2
    centre = (apparent + sp - 1) / (se + sp - 1)
    v_se, v_sp = se * (1 - se) / of_se, sp * (1 - sp) / of_sp
    centre_shift = 2 * z**2 * (centre * v_se - (1 - centre) * v_sp)
    error = math.sqrt(apparent * (1 - apparent) / many + centre**2 * v_se + (1 - centre) ** 2 * v_sp) / (se + sp - 1)
    low, high = (min(1.0, max(0.0, centre + centre_shift + sign * z * error)) for sign in (-1, 1))
    interval = Interval(low=low, high=high, method="Rogan-Gladen, Lang-Reiczigel")
    return Corrected(value=value, interval=interval, helps=_helps(interval, true, level))


def _helps(interval: Interval, labels: NDArray[np.float64], level: float) -> bool:
    """Say whether the corrected interval can be trusted and is narrower than that of the labels alone."""
    n, positive = len(labels), float(labels.sum())
    alone = wilson(positive, n, level=level)
    enough = n >= _FEW and min(positive, n - positive) >= _FEW_OF_A_KIND
    return enough and alone is not None and interval.high - interval.low < alone.high - alone.low


def _shares(first: Sequence[Hashable], second: Sequence[Hashable]) -> NDArray[Any]:
    """Return the share of the units that each pair of values is said of."""
    if len(first) != len(second):
        msg = f"two raters must rate the same units, not {len(first)} and {len(second)}"
        raise ValueError(msg)
    values = {value: number for number, value in enumerate(dict.fromkeys((*first, *second)))}
    table = np.zeros((len(values), len(values)))
    for one, other in zip(first, second, strict=True):
        table[values[one], values[other]] += 1
    return table / max(1, len(first))
