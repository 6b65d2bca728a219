"""Every rendering of a summary. `write` leaves the files of a run; the modules render one form each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import html, junit, markdown
from harness.report.explorer import shown_keys
from harness.store import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.records import Case, Run
    from harness.summary import Summary

__all__ = ["shown_keys", "write"]


def write(folder: Path, summary: Summary, cases: Mapping[str, Case], runs: Sequence[Run]) -> None:
    """Write `report.html`, `report.md` and `junit.xml`, each whole or not at all."""
    write_text(folder / "report.html", html.render(summary, cases, runs))
    write_text(folder / "report.md", markdown.render(summary, cases))
    temporary = folder / ".junit.xml.tmp"
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        junit.write(stream, summary, runs)
    temporary.replace(folder / "junit.xml")
