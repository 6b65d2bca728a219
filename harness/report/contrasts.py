"""Paired differences as the tables and lines that all reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.figures import Table, p_value, percent, share, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.summary import AnytimeDifference, Comparison, Summary

__all__ = ["anytime_table", "comparison_table", "disagreement_table", "sensitivity_lines", "subgroup_table"]


def comparison_table(comparison: Comparison) -> Table:
    """Return the paired differences, a row a metric; beside every "no difference" what could have been shown."""
    return Table(
        title=f"{comparison.second} against {comparison.first}: {comparison.pairs} pairs of answers; p by Holm",
        columns=("metric", comparison.first, comparison.second, "difference", "p", "verdict"),
        rows=tuple(
            (
                row.metric + (" ↓" if row.direction == "lower" else ""),
                percent(row.first),
                percent(row.second),
                signed(row.difference),
                p_value(row.adjusted),
                _judged(row.verdict, row.detectable),
            )
            for row in comparison.differences
        ),
    )


def subgroup_table(comparison: Comparison) -> Table:
    """Return the differences by tag, corrected over the tags metric by metric."""
    return Table(
        title=f"{comparison.second} against {comparison.first} by tag; p by Holm over the tags",
        columns=("tag", "metric", "pairs", "difference", "p", "verdict"),
        rows=tuple(
            (
                row.tag,
                row.metric + (" ↓" if row.direction == "lower" else ""),
                str(row.difference.n),
                signed(row.difference),
                p_value(row.adjusted),
                _judged(row.verdict, row.detectable),
            )
            for row in comparison.subgroups
        ),
    )


def anytime_table(found: Sequence[AnytimeDifference]) -> Table:
    """Return the differences that hold however often they are looked at."""
    return Table(
        title="At any time: bounds that hold however often you look while the runs go on (mean over groups)",
        columns=("metric", "groups", "difference", "shown"),
        rows=tuple(
            (
                row.metric + (" ↓" if row.direction == "lower" else ""),
                str(row.difference.n),
                signed(row.difference),
                _shown(row),
            )
            for row in found
        ),
    )


def _shown(row: AnytimeDifference) -> str:
    low, high = row.difference.low, row.difference.high
    if low is None or high is None or low <= 0 <= high:
        return "nothing yet"
    return "better" if (low > 0) == (row.direction == "higher") else "worse"


def sensitivity_lines(comparison: Comparison) -> tuple[str, ...]:
    """Say what each verdict would be if every breakdown were a miss, or a hit: only where that changes it."""
    found = []
    for row in comparison.differences:
        seen = row.sensitivity
        if seen is not None and {seen.if_missed, seen.if_hit} != {row.verdict}:
            found.append(
                f"{row.metric}, {comparison.second} against {comparison.first}: {row.verdict}; {seen.if_missed} if "
                f"every breakdown ({seen.failures} pairs have one) were a miss, {seen.if_hit} if every one were a hit"
            )
    return tuple(found)


def disagreement_table(summary: Summary, most: int = 20) -> Table:
    """Return the cases on which real candidates differ most in groundedness."""
    held = {name for row in summary.disagreements for name in row.values}
    names = [candidate.name for candidate in summary.candidates if candidate.name in held]
    return Table(
        title="Where candidates differ most: groundedness",
        columns=("case", *names),
        rows=tuple(
            (
                row.case_id + (f" (trial {row.trial})" if row.trial else ""),
                *(share(row.values.get(name)) for name in names),
            )
            for row in summary.disagreements[:most]
        ),
    )


def _judged(verdict: str, detectable: float | None) -> str:
    """Write a verdict; where no difference is shown, the smallest one that would have been."""
    if verdict != "no difference shown" or detectable is None:
        return verdict
    return f"{verdict} (one of {100 * detectable:.1f} points would be)" if detectable < 1 else "too few to show any"
