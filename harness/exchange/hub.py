"""Hugging Face data sets: the rows of any of them in a stream, and runs as a `Dataset`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness import store
from harness.errors import UsageError
from harness.exchange import columns
from harness.exchange.export import CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datasets import Dataset

    from harness.records import Case, Run

__all__ = ["rows", "to_dataset"]

_LOADERS: Final = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json"}


def rows(
    source: str, *, split: str | None = None, subset: str | None = None, inside: str | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a local file, a folder that `save_to_disk` wrote, a folder of files, or a data set of the hub.

    Rows stream; only a name that is no local path goes to the network. `inside` names the list of rows in a JSON file
    that is one object.

    Raises:
        UsageError: the package is missing, or the source cannot be read; the message names it.
    """
    datasets = _package()
    try:
        opened = _opened(datasets, source, subset, split, inside)
        if isinstance(opened, Mapping):
            names = list(opened)
            if split is None and len(names) > 1:
                msg = f"{source}: has the splits {', '.join(names)}. Name one with --split."
                raise UsageError(msg)
            if split is not None and split not in opened:
                msg = f"{source}: has no split {split!r}. There are: {', '.join(names)}."
                raise UsageError(msg)
            opened = opened[split or names[0]]
        yield from opened
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        msg = f"{source}: cannot be read as a data set: {type(error).__name__}: {error}"
        raise UsageError(msg) from error


def _package() -> Any:  # noqa: ANN401 - a module
    try:
        import datasets  # noqa: PLC0415 - 1.5 s to import
    except ImportError as error:
        msg = "this needs the extra 'datasets': pip install 'faithful-harness[datasets]'"
        raise UsageError(msg) from error
    return datasets


def _opened(datasets: Any, source: str, subset: str | None, split: str | None, inside: str | None) -> Any:  # noqa: ANN401 - whatever is loaded
    path = Path(source)
    if path.is_dir() and any((path / name).exists() for name in ("dataset_info.json", "dataset_dict.json")):
        return datasets.load_from_disk(str(path))  # mapped into memory, not read
    if not path.exists():
        return datasets.load_dataset(source, name=subset, split=split, streaming=True)
    held = sorted(p for p in path.rglob("*") if p.suffix in _LOADERS) if path.is_dir() else [path]
    kinds = {_LOADERS.get(p.suffix) for p in held}
    if len(kinds) != 1 or None in kinds:
        msg = f"{source}: must be {', '.join(_LOADERS)}, a folder of one of them, or one that save_to_disk wrote"
        raise UsageError(msg)
    options: dict[str, Any] = {"field": inside} if inside is not None and kinds == {"json"} else {}
    options |= {"sep": "\t"} if held[0].suffix == ".tsv" else {}
    (kind,) = kinds
    files = [str(p) for p in held]
    return datasets.load_dataset(kind, data_files={split or "train": files}, streaming=True, **options)


def to_dataset(run: Run, cases: Iterable[Case] | None = None) -> Dataset:
    """Return a run as a `Dataset`: a row a record by case id and trial, ready to be pushed or written as Parquet.

    Questions and contexts come from `cases`, or from the file beside the run file.

    Raises:
        UsageError: the package is missing.
    """
    datasets = _package()
    path = getattr(run.records, "path", None)
    known = {case.id: case for case in cases} if cases is not None else {}
    if cases is None and path is not None:
        known = store.read_cases(path.parent / CASES)
    found: Dataset = datasets.Dataset(columns.table((run,), known))
    return found
