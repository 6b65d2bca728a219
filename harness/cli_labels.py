"""The command line's part about human labels: `harness label`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from harness.records import Case
    from harness.studies.labelling import Item, Label

__all__ = ["label"]

_KEYS: Final[dict[str, Label]] = {"s": "supported", "u": "unsupported", "n": "none"}
_ASKED: Final = "[s]upported  [u]nsupported  [n]o claim  [k] skip  [q]uit: "


@click.command()
@click.argument("path", metavar="RUN", type=click.Path(exists=True, file_okay=False))
@click.option("--most", type=click.IntRange(min=1), default=150, show_default=True, help="Labels to have in the end.")
@click.option("--report", is_flag=True, help="Ask nothing: show what the labels say.")
def label(path: str, *, most: int, report: bool) -> None:
    """Label sentences of a run by hand, one keystroke each, and see how far its detector is right."""
    from pathlib import Path

    from harness import store
    from harness.runner.folder import CASES_FILE
    from harness.studies import labelling

    folder = Path(path)
    found, labels = labelling.items(folder), labelling.read(folder)
    left = [] if report else [item for item in found if item.key not in labels]
    cases = store.read_cases(folder / CASES_FILE, {item.key.case_id for item in left}) if left else {}
    for item in left:
        if len(labels) >= most:
            break
        answer = _asked(item, cases.get(item.key.case_id), f"{len(labels) + 1} of {most}")
        if answer == "q":
            break
        if answer in _KEYS:
            labelling.append(folder, item, _KEYS[answer])
            labels[item.key] = _KEYS[answer]
    shown = labelling.table(found, labels)
    click.echo(f"\n{shown.title}")
    for row in shown.rows:
        click.echo("\n".join(f"  {name}: {cell}" for name, cell in zip(shown.columns, row, strict=True)) + "\n")


def _asked(item: Item, case: Case | None, place: str) -> str:
    """Show a sentence in its answer, with the passages and without any score, and return the key that is pressed."""
    from harness.report.excerpts import visible

    click.echo(f"\n── {place} " + "─" * 40)
    if case is not None:
        for passage in case.question.passages:
            click.echo(f"[{passage.id}] {visible(passage.text)}")
        click.echo(f"\nQuestion: {visible(case.question.query)}")
    start = item.key.start
    before, said, after = item.answer[:start], item.answer[start : item.end], item.answer[item.end :]
    click.echo(f"Answer: {visible(before)}>>> {click.style(visible(said), bold=True)} <<<{visible(after)}\n")
    while True:
        click.echo(_ASKED, nl=False)
        key = click.getchar().lower()
        click.echo(key)
        if key in {*_KEYS, "k", "q"}:
            return key
