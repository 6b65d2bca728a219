"""The command line's part about beginning: `harness init`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["init"]


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Set up a project in FOLDER (default: here): sample suite, settings, rules, workflow. Nothing is overwritten."""
    from harness.studies import starting

    for step in starting.begin(folder):
        click.echo(str(step))
    click.echo("\nnext: harness run --gate gate.yaml; pytest cases; then name your candidate in pyproject.toml")
