"""All scores as one long table, a row a record and metric: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import math
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from harness import store
from harness.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from harness.records import Run

__all__ = ["Row", "rows", "write_csv", "write_parquet"]

_GROUP: Final = 50_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Row(NamedTuple):
    """One score; `value` and `passed` are None where the metric does not apply, all three where nothing was scored."""

    candidate: str
    case_id: str
    trial: int
    group: str | None
    tags: str
    answerable: str | None
    metric: str | None
    value: float | None
    passed: bool | None
    findings: int
    failures: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    latency: float | None


def rows(runs: Sequence[Run]) -> Iterator[Row]:
    """Yield the rows by candidate, case and trial; a record without scores is one row with no metric."""
    for run in sorted(runs, key=lambda run: run.header.candidate):
        for record in store.in_order(run):
            answer, costs = record.answer, [call.cost for call in record.calls]
            known = [cost for cost in costs if cost is not None]
            shared = (record.case_id, record.trial, record.group, " ".join(record.tags), record.answerable)
            rest = (
                ",".join(failure.code for failure in record.failures),
                answer.prompt_tokens if answer else None,
                answer.completion_tokens if answer else None,
                math.fsum(known) if len(known) == len(costs) else None,
                answer.latency if answer else None,
            )
            for score in record.scores:
                yield Row(
                    run.header.candidate, *shared, score.metric, score.value, score.passed, len(score.spans), *rest
                )
            if not record.scores:
                yield Row(run.header.candidate, *shared, None, None, None, 0, *rest)


def write_csv(stream: TextIO, found: Iterable[Row]) -> None:
    """Write the rows as CSV; what a spreadsheet would read as a formula is led by an apostrophe."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Row._fields)
    for row in found:
        writer.writerow([_inert(cell) for cell in row])


def _inert(cell: object) -> object:
    if isinstance(cell, str):
        cell = cell.encode("utf-8", "backslashreplace").decode()
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return cell


def write_parquet(path: Path, found: Iterator[Row]) -> None:
    """Write the rows as Parquet, a part at a time.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    except ImportError as error:
        msg = "Parquet needs pyarrow: pip install 'faithful-harness[parquet]'"
        raise MissingExtraError(msg) from error
    kinds = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
    whole = {"trial": int, "findings": int, "prompt_tokens": int, "completion_tokens": int}
    fractions = {"value": float, "cost": float, "latency": float}
    typed = {**whole, **fractions, "passed": bool}
    schema = pa.schema([(name, kinds[typed.get(name, str)]) for name in Row._fields])
    with pq.ParquetWriter(path, schema) as writer:
        while part := list(islice(found, _GROUP)):
            columns = [[_utf8(row[at]) for row in part] for at in range(len(Row._fields))]
            writer.write_table(pa.table(dict(zip(Row._fields, columns, strict=True)), schema=schema))


def _utf8(cell: object) -> object:
    return cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell
