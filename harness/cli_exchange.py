"""The command line's part about other tools' files: `harness import` and `harness export`."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.exchange.imported import Imported

__all__ = ["deliver", "export", "import_"]


def deliver(text: str | Iterable[str], output: Path | None) -> None:
    """Print a text, whole or in pieces, or write it to a new file."""
    from harness.errors import UsageError

    pieces = iter([text] if isinstance(text, str) else text)
    first = next(pieces, "")  # what can't be read at all says so before a file is made
    if output is None:
        for piece in chain([first], pieces):
            click.echo(piece, nl=False)
        return
    _refuse_existing(output)
    try:
        with output.open("w", encoding="utf-8") as file:
            file.writelines(chain([first], pieces))
    except OSError as error:
        msg = f"{output}: cannot be written: {error.strerror}. Name a file in a folder that exists."
        raise UsageError(msg) from error
    click.echo(f"wrote {output}")


def _refuse_existing(output: Path) -> None:
    from harness.errors import UsageError

    if output.exists():
        msg = f"{output}: exists already. Name a new file."
        raise UsageError(msg)


@click.group("import")
def import_() -> None:
    """Turn foreign files into suites."""


_FOREIGN = {
    "prompt-log": "logs of RAG prompts with their answers (LangChain's stuffing prompt and kin), text or JSON",
    "csv": "a CSV table, a row a case",
    "jsonl": "JSON lines, or a JSON list, an object a case",
    "ragas": "a ragas data set (JSON lines, JSON or CSV)",
    "deepeval": "a deepeval test file (JSON)",
    "promptfoo": "a promptfoo configuration (YAML)",
    "opentelemetry": "traces with OpenTelemetry's GenAI spans (OTLP/JSON, a document or one a line)",
    "openinference": "traces with OpenInference spans (OTLP/JSON, or span objects)",
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
        _list_left(found)


for _kind, _what in _FOREIGN.items():
    _import_command(_kind, _what)


@import_.command("dataset")
@click.argument("source")
@click.option("--mapping", required=True, metavar="NAME|FILE", help="A preset (see the manual), or a YAML file.")
@click.option("--split", help="The split, where there are several.")
@click.option("--subset", help="The subset of a data set of the hub.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows.")
@click.option("--model", default="recorded", show_default=True, help="The name of the model where none is given.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A suite (.yaml), or JSON lines (.jsonl) in a stream."
)
def dataset(source: str, mapping: str, *, output: Path | None, **options: Any) -> None:  # noqa: ANN401 - as the options are typed
    """Turn a data set (a file, a folder, or a name on the Hugging Face hub) into a suite."""
    from harness import exchange
    from harness.exchange.imported import Imported

    entries = exchange.dataset_entries(source, mapping, **options)
    found = Imported()
    if output is not None and output.suffix == ".jsonl":
        found = _streamed(entries, output, source)
    else:
        held = []
        for entry, found in entries:  # noqa: B007 - the last one counts
            held.append(entry)
        found.entries = held
        deliver(found.suite(output.stem if output is not None else Path(source).stem, source), output)
    _list_left(found)


def _streamed(entries: Iterator[tuple[dict[str, Any], Imported]], output: Path, source: str) -> Imported:
    """Write a case a line as they come; the file is there when all are."""
    from harness.encoding import line
    from harness.errors import UsageError
    from harness.exchange.imported import Imported

    found, count = Imported(), 0
    _refuse_existing(output)
    temporary = output.with_name(f".{output.name}.tmp")
    try:
        with temporary.open("w", encoding="ascii") as file:
            for entry, found in entries:  # noqa: B007 - the last one counts
                file.write(line(entry))
                count += 1
        if count == 0:
            msg = f"{source}: no row became a case. It needs a question in each: check the mapping."
            raise UsageError(msg)
        temporary.replace(output)
    except OSError as error:
        msg = f"{output}: cannot be written: {error.strerror}. Name a file in a folder that exists."
        raise UsageError(msg) from error
    finally:
        temporary.unlink(missing_ok=True)
    click.echo(f"wrote {output}: {count} cases")
    return found


def _list_left(found: Imported) -> None:
    for what_left, count in found.left.most_common():
        click.echo(f"not mapped: {what_left} ({count})", err=True)


@click.command()
@click.argument("form", type=click.Choice(["csv", "jsonl", "ragas", "parquet", "opentelemetry"]))
@click.argument("run_", metavar="RUN", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here (default: print it).")
def export(form: str, run_: Path, *, output: Path | None) -> None:
    """Write a run (a folder, or one run file) in another form; a record a line, a row, or a trace."""
    from harness.errors import UsageError
    from harness.exchange import columns
    from harness.exchange import export as exports

    if form != "parquet":
        deliver(exports.written(form, run_), output)
        return
    if output is None:
        msg = "parquet is no text to print. Name a file with -o."
        raise UsageError(msg)
    _refuse_existing(output)
    columns.write_parquet(output, *exports.opened(run_))
    click.echo(f"wrote {output}")
