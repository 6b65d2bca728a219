"""Who decided, and how far that can be trusted: tables of cascades, panels and human labels, for every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.figures import NOTHING, Table, money, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.summary import Estimate, Judging, Summary, Trust

__all__ = ["cascade_table", "judging_tables", "panel_table", "trust_table"]


def judging_tables(summary: Summary) -> tuple[Table, ...]:
    """Return those of the tables that have rows."""
    trusted = {one.name: one.trust for one in summary.candidates if one.trust is not None}
    found = (trust_table(trusted), cascade_table(summary), panel_table(summary))
    return tuple(table for table in found if table.rows)


def cascade_table(summary: Summary) -> Table:
    """Return the share of the claims that each stage decided, and what that saved."""
    found = [(one.name, one.judging) for one in summary.candidates if one.judging is not None and one.judging.decided]
    stages = sorted({stage for _, judging in found for stage in _stages(judging)})
    return Table(
        title="Cascade: share of the claims that each stage decided, and what that saved against asking about all",
        columns=("candidate", "claims", *stages, "answers asked about", "calls", "saved", "cost", "saved cost"),
        rows=tuple(
            (
                name,
                str(judging.claims),
                *(share(_stages(judging).get(stage, 0) / judging.claims) for stage in stages),
                f"{judging.asked} of {judging.answers}",
                str(judging.calls),
                str(judging.saved_calls),
                money(judging.cost),
                money(judging.saved_cost),
            )
            for name, judging in found
        ),
    )


def _stages(judging: Judging) -> dict[str, int]:
    return {**judging.decided, **({"by vote": judging.voted} if judging.voted else {})}


def panel_table(summary: Summary) -> Table:
    """Return how far the members of a panel agree, and how many claims each finds unsupported."""
    found = [(one.name, one.judging) for one in summary.candidates if one.judging is not None and one.judging.voted]
    members = sorted({member for _, judging in found for member in judging.against})
    return Table(
        title="Votes: claims on which all agree, and the share that each finds unsupported",
        columns=("candidate", "claims", "agreed", "split", "α", *members),
        rows=tuple(
            (
                name,
                str(judging.voted),
                share(judging.unanimous / judging.voted),
                str(judging.voted - judging.unanimous),
                number(judging.alpha),
                *(share(judging.against[one]) if one in judging.against else NOTHING for one in members),
            )
            for name, judging in found
        ),
    )


def trust_table(found: Mapping[str, Trust]) -> Table:
    """Return the rates by detector and by hand, corrected rates, error rates and agreement of each candidate."""
    return Table(
        title="Unsupported claims, by detector and by hand (95% intervals)",
        columns=(
            "candidate", "labels", "rate by the detector", "rate by the labels", "corrected (PPI)",
            "corrected (Rogan-Gladen)", "missed", "raised in vain", "κ", "α", "AC1",
        ),
        rows=tuple(
            (
                name,
                f"{one.labels} of {one.claims}",
                _rate(one.judged),
                _rate(one.labelled),
                _corrected(one.powered, helps=one.powered_helps),
                _corrected(one.corrected, helps=one.corrected_helps),
                _rate(one.missed),
                _rate(one.raised),
                number(one.kappa),
                number(one.alpha),
                number(one.ac1),
            )
            for name, one in found.items()
        ),
    )  # fmt: skip


def _rate(found: Estimate | None) -> str:
    if found is None or found.value is None or found.low is None or found.high is None:
        return "n/a"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _corrected(found: Estimate | None, *, helps: bool) -> str:
    said = _rate(found)
    return said if helps or said == "n/a" else f"{said}, too few labels to help"


def number(value: float | None) -> str:
    """Write a coefficient of agreement."""
    return "n/a" if value is None else f"{value:.3f}"
