"""Runs boiled down: one `Summary` of all candidates, or a `Comparison` of two; synchronous, and calls no model."""

from __future__ import annotations

from harness.summary.comparing import compare, refuse_unlike
from harness.summary.contest import MAX_DISAGREEMENTS
from harness.summary.nouns import (
    CandidateSummary,
    CaseRow,
    Change,
    Comparison,
    Decision,
    Difference,
    Disagreement,
    Distribution,
    Estimate,
    Finding,
    MetricSummary,
    RefusalTable,
    Repeats,
    Sensitivity,
    Subgroup,
    Summary,
)
from harness.summary.summarising import MAX_FINDINGS, MAX_ROWS, summarise

__all__ = [
    "MAX_DISAGREEMENTS",
    "MAX_FINDINGS",
    "MAX_ROWS",
    "CandidateSummary",
    "CaseRow",
    "Change",
    "Comparison",
    "Decision",
    "Difference",
    "Disagreement",
    "Distribution",
    "Estimate",
    "Finding",
    "MetricSummary",
    "RefusalTable",
    "Repeats",
    "Sensitivity",
    "Subgroup",
    "Summary",
    "compare",
    "refuse_unlike",
    "summarise",
]
