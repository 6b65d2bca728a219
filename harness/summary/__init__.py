"""Runs boiled down: one `Summary` of all candidates, or a `Comparison` of two; synchronous, and calls no model."""

from __future__ import annotations

from harness.summary.comparing import compare
from harness.summary.nouns import (
    CandidateSummary,
    CaseRow,
    Comparison,
    Decision,
    Difference,
    Distribution,
    Estimate,
    Finding,
    MetricSummary,
    RefusalTable,
    Summary,
    TrivialScores,
)
from harness.summary.summarising import MAX_FINDINGS, MAX_ROWS, summarise

__all__ = [
    "MAX_FINDINGS",
    "MAX_ROWS",
    "CandidateSummary",
    "CaseRow",
    "Comparison",
    "Decision",
    "Difference",
    "Distribution",
    "Estimate",
    "Finding",
    "MetricSummary",
    "RefusalTable",
    "Summary",
    "TrivialScores",
    "compare",
    "summarise",
]
