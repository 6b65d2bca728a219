"""Foreign formats: what others' files hold becomes suites, and runs become what others read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.exchange.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["dataset_entries", "read"]


def read(kind: str, file: Path, *, columns: Mapping[str, str], model: str) -> Imported:
    """Read a file of a kind as cases.

    The kinds: `csv`, `jsonl`, `ragas`, `deepeval`, `promptfoo`, `prompt-log`, `opentelemetry`, `openinference`.

    Raises:
        UsageError: it can't be read, or holds something else; the message names the file.
    """
    from harness.exchange import prompt_log, promptfoo, rows, traces  # noqa: PLC0415 - only for an import

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read as UTF-8 text: {error}"
        raise UsageError(msg) from error
    try:
        if kind == "promptfoo":
            return promptfoo.imported(text)
        if kind == "prompt-log":
            return prompt_log.imported(text, model=model)
        if kind in {"opentelemetry", "openinference"}:
            return traces.imported(rows.read_objects(text, whole="resourceSpans"), model=model)
        table = kind == "csv" or (kind == "ragas" and file.suffix == ".csv")
        held = rows.read_csv(text) if table else rows.read_objects(text)
        return rows.imported(held, columns=columns, model=model)
    except UsageError as error:
        msg = f"{file}: {error}"
        raise UsageError(msg) from error


def dataset_entries(
    source: str,
    mapping: str,
    *,
    split: str | None = None,
    subset: str | None = None,
    model: str = "recorded",
    limit: int | None = None,
) -> Iterator[tuple[dict[str, Any], Imported]]:
    """Yield the cases of a data set as they stream by, each with the count of what could not be mapped so far.

    Raises:
        UsageError: the mapping or the data set can't be read.
    """
    from harness.exchange import hub  # noqa: PLC0415 - only for an import
    from harness.exchange import mapping as mappings  # noqa: PLC0415 - the same

    how = mappings.load(mapping)
    found = Imported()
    for row in islice(hub.rows(source, split=split, subset=subset, inside=how.rows), limit):
        found.add(*mappings.mapped(row, how, model=model, found=found))
        yield from ((entry, found) for entry in found.taken())
    yield from ((entry, found) for entry in found.taken(last=True))
