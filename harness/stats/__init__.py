"""Every formula of the statistics, once: intervals, paired tests, corrections, ranks, power, looks; pure, on arrays.

Answers to cases that share a source document are alike, and so are trials of one case: they form a *cluster*, given as
one integer code a value. Intervals and tests treat clusters, not answers, as the independent units (Miller 2024,
"Adding error bars to evals", arXiv:2411.00640). Where a number cannot be had the result is None, never NaN.
"""

from __future__ import annotations

from harness.stats.agreement import Corrected, ac1, alpha, kappa, prediction_powered, rogan_gladen
from harness.stats.bootstrap import bootstrap_interval, bootstrap_means, resampling
from harness.stats.corrections import benjamini_hochberg, holm
from harness.stats.distributions import normal_quantile, quantiles, student_cdf, student_quantile
from harness.stats.intervals import Interval, mean_error, mean_interval, rate_interval, wilson
from harness.stats.margins import Margins, margins
from harness.stats.paired import mcnemar, sign_flip, sign_flips
from harness.stats.power import Spread, clusters_needed, detectable, discordance_spread, spread
from harness.stats.ranking import groups, places
from harness.stats.sequential import confidence_sequence, spent
from harness.stats.trials import flip_rate, pass_at, pass_hat

__all__ = [
    "Corrected",
    "Interval",
    "Margins",
    "Spread",
    "ac1",
    "alpha",
    "benjamini_hochberg",
    "bootstrap_interval",
    "bootstrap_means",
    "clusters_needed",
    "confidence_sequence",
    "detectable",
    "discordance_spread",
    "flip_rate",
    "groups",
    "holm",
    "kappa",
    "margins",
    "mcnemar",
    "mean_error",
    "mean_interval",
    "normal_quantile",
    "pass_at",
    "pass_hat",
    "places",
    "prediction_powered",
    "quantiles",
    "rate_interval",
    "resampling",
    "rogan_gladen",
    "sign_flip",
    "sign_flips",
    "spent",
    "spread",
    "student_cdf",
    "student_quantile",
    "wilson",
]
