"""Runs as columns: one Arrow schema for Parquet files and Hugging Face data sets."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError
from harness.exchange.export import metric_names, records, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.records import Case, Run

__all__ = ["table", "write_parquet"]

_ROWS: Final = 1000
"""How many rows a batch holds."""


def write_parquet(path: Path, runs: Sequence[Run], cases: dict[str, Case]) -> None:
    """Write a row a record, in batches.

    Raises:
        UsageError: the package is missing.
    """
    arrow = _package()
    import pyarrow.parquet as pq  # noqa: PLC0415 - only for this

    schema = _schema(arrow, metric_names(runs))
    with pq.ParquetWriter(path, schema) as writer:
        for batch in _batches(arrow, schema, runs, cases):
            writer.write_batch(batch)


def table(runs: Sequence[Run], cases: dict[str, Case]) -> Any:  # noqa: ANN401 - a pyarrow.Table
    """Return the same rows as an Arrow table."""
    arrow = _package()
    schema = _schema(arrow, metric_names(runs))
    return arrow.Table.from_batches(_batches(arrow, schema, runs, cases), schema=schema)


def _package() -> Any:  # noqa: ANN401 - a module
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and in an extra
    except ImportError as error:
        msg = "this needs pyarrow: pip install 'faithful-harness[parquet]'"
        raise UsageError(msg) from error
    return pa


def _schema(arrow: Any, metrics: Sequence[str]) -> Any:  # noqa: ANN401 - of pyarrow
    text, texts = arrow.string(), arrow.list_(arrow.string())
    span = arrow.struct(
        [
            ("start", arrow.int64()),
            ("end", arrow.int64()),
            ("label", text),
            ("confidence", arrow.float64()),
            ("reason", text),
        ]
    )
    named = [("candidate", text), ("case_id", text), ("trial", arrow.int64()), ("group", text), ("tags", texts)]
    named += [("answerable", text), ("query", text), ("contexts", texts), ("references", texts), ("answer", text)]
    named += [("model", text), ("latency", arrow.float64()), ("failures", texts)]
    for metric in metrics:
        named += [(metric, arrow.float64()), (f"{metric}_passed", arrow.bool_()), (f"{metric}_reason", text)]
    return arrow.schema([*named, ("spans", arrow.list_(span))])


def _batches(arrow: Any, schema: Any, runs: Sequence[Run], cases: dict[str, Case]) -> Iterator[Any]:  # noqa: ANN401 - of pyarrow
    rows = (_flat(run, record, cases) for run, record in records(runs))
    while held := list(islice(rows, _ROWS)):
        yield arrow.RecordBatch.from_pylist(held, schema=schema)


def _flat(run: Run, record: Any, cases: dict[str, Case]) -> dict[str, Any]:  # noqa: ANN401 - a Record
    found = row(run, record, cases.get(record.case_id))
    for metric, score in found.pop("scores").items():
        found[metric] = score["value"]
        found[f"{metric}_passed"], found[f"{metric}_reason"] = score["passed"], score["reason"]
    return {name: _clean(value) for name, value in found.items()}


def _clean(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Replace lone surrogates, which Arrow's UTF-8 can't hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return [_clean(one) for one in value] if isinstance(value, list) else value
