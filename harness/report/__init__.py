"""Every rendering of a summary. `write` leaves the files of a run; the modules render one form each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.report import disagreement, github, html, junit, markdown, sarif, tables
from harness.report.explorer import shown_keys
from harness.report.reading import Reading
from harness.report.redacting import redacted_case, redacted_run
from harness.store import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TextIO

    from harness.records import Case, Run
    from harness.summary import Summary

__all__ = ["Reading", "also", "redacted_case", "redacted_run", "shown_keys", "write"]


def write(
    folder: Path,
    summary: Summary,
    cases: Mapping[str, Case],
    runs: Sequence[Run],
    tests: Mapping[str, junit.Tests] | None = None,
) -> None:
    """Write `report.html`, `report.md` and `junit.xml`, each whole or not at all.

    `tests` are those of a `Reading`; without them the runs are read again.
    """
    write_text(folder / "report.html", html.render(summary, cases, runs))
    write_text(folder / "report.md", markdown.render(summary, cases))
    _streamed(folder / "junit.xml", lambda stream: junit.write(stream, summary, runs, tests))


def also(
    folder: Path, summary: Summary, cases: Mapping[str, Case], runs: Mapping[Path, Run], forms: Sequence[str]
) -> Iterator[str]:
    """Write `findings.sarif`, `scores.csv`, `scores.parquet` or `disagreement.md`; yield what to print.

    `step-summary` is added to GitHub's, and `annotations` are yielded.

    Raises:
        MissingExtraError: Parquet is asked for and pyarrow is not installed.
    """
    if "sarif" in forms:
        write_text(folder / "findings.sarif", sarif.render(runs))
        yield f"wrote {folder / 'findings.sarif'}"
    if "csv" in forms:
        _streamed(folder / "scores.csv", lambda stream: tables.write_csv(stream, tables.rows([*runs.values()])))
        yield f"wrote {folder / 'scores.csv'}"
    if "parquet" in forms:
        tables.write_parquet(folder / "scores.parquet", tables.rows([*runs.values()]))
        yield f"wrote {folder / 'scores.parquet'}"
    if "disagreement" in forms:
        write_text(folder / "disagreement.md", disagreement.render([*disagreement.disagreement(runs.values())]))
        yield f"wrote {folder / 'disagreement.md'}"
    if "step-summary" in forms:
        path = Path(os.environ.get("GITHUB_STEP_SUMMARY") or folder / "step-summary.md")
        with path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(markdown.render(summary, cases))
        yield f"added the report to {path}"
    if "annotations" in forms:
        yield from github.of_summary(summary)


def _streamed(path: Path, write_to: Callable[[TextIO], None]) -> None:
    """Write a file whole or not at all, without holding it."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        write_to(stream)
    temporary.replace(path)
