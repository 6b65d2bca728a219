"""The command line's part about other tools' files: `harness import` and `harness export`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["deliver", "export", "import_"]


def deliver(text: str, output: Path | None) -> None:
    """Print a text, or write it to a new file."""
    from harness.errors import UsageError

    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists():
        msg = f"{output}: exists already. Name a new file."
        raise UsageError(msg)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"{output}: cannot be written: {error.strerror}. Name a file in a folder that exists."
        raise UsageError(msg) from error
    click.echo(f"wrote {output}")


@click.group("import")
def import_() -> None:
    """Turn foreign files into suites."""


@import_.command("prompt-log")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the suite here (default: print it).")
@click.option("--model", default="logged", show_default=True, help="The name of the model that answered.")
def prompt_log(file: Path, *, output: Path | None, model: str) -> None:
    """Turn the log of a RAG prompt and its answer (LangChain's stuffing prompt and kin) into a suite."""
    from harness.errors import UsageError
    from harness.exchange import prompt_log as logs

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read as UTF-8 text: {error}"
        raise UsageError(msg) from error
    deliver(logs.suite(text, name=file.stem, model=model), output)


_FOREIGN = {
    "csv": "a CSV table, a row a case",
    "jsonl": "JSON lines, or a JSON list, an object a case",
    "ragas": "a ragas data set (JSON lines, JSON or CSV)",
    "deepeval": "a deepeval test file (JSON)",
    "promptfoo": "a promptfoo configuration (YAML)",
}


def _import_command(kind: str, what: str) -> None:
    @import_.command(kind, help=f"Turn {what}, into a suite; what has no place in a case is listed.")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the suite here (default: print it).")
    @click.option("--model", default="recorded", show_default=True, help="The name of the model where none is given.")
    @click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Where a field stands.")
    def command(file: Path, *, output: Path | None, model: str, columns: tuple[str, ...]) -> None:
        from harness import exchange

        pairs = dict(column.partition("=")[::2] for column in columns)
        found = exchange.read(kind, file, columns=pairs, model=model)
        deliver(found.suite(output.stem if output is not None else file.stem, file.name), output)
        for what_left, count in found.left.most_common():
            click.echo(f"not mapped: {what_left} ({count})", err=True)


for _kind, _what in _FOREIGN.items():
    _import_command(_kind, _what)


@click.command()
@click.argument("form", type=click.Choice(["csv", "jsonl", "ragas"]))
@click.argument("run_", metavar="RUN", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here (default: print it).")
def export(form: str, run_: Path, *, output: Path | None) -> None:
    """Write a run (a folder, or one run file) in another form: csv, jsonl or ragas; a record a line."""
    from harness.exchange import export as exports

    deliver(exports.written(form, run_), output)
