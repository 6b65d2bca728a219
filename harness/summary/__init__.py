"""Runs boiled down: one `Summary` of all candidates, or a `Comparison` of two; synchronous, and calls no model."""

from __future__ import annotations

from harness.summary.anytime import anytime
from harness.summary.comparing import compare, paired_differences, refuse_unlike
from harness.summary.contest import MAX_DISAGREEMENTS
from harness.summary.contrasting import within_margin
from harness.summary.history import History, Night, Point, Trend, history
from harness.summary.index import indexed, looks, run_files
from harness.summary.judging import Judging, Trust, judging_notes
from harness.summary.nouns import (
    AnytimeDifference,
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
    TrivialScores,
)
from harness.summary.summarising import MAX_FINDINGS, MAX_ROWS, GatheredRun, Gathering, summarise

__all__ = [
    "MAX_DISAGREEMENTS",
    "MAX_FINDINGS",
    "MAX_ROWS",
    "AnytimeDifference",
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
    "GatheredRun",
    "Gathering",
    "History",
    "Judging",
    "MetricSummary",
    "Night",
    "Point",
    "RefusalTable",
    "Repeats",
    "Sensitivity",
    "Subgroup",
    "Summary",
    "Trend",
    "TrivialScores",
    "Trust",
    "anytime",
    "compare",
    "history",
    "indexed",
    "judging_notes",
    "looks",
    "paired_differences",
    "refuse_unlike",
    "run_files",
    "summarise",
    "within_margin",
]
