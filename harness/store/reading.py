"""Open run files: records are decoded one by one, afresh at each iteration."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from harness.encoding import decode
from harness.errors import RunFolderError
from harness.records import SCHEMA_VERSION, Header, Record, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = [
    "Lines",
    "file_digest",
    "in_order",
    "is_run",
    "parsed",
    "read",
    "read_folder",
    "run_paths",
    "selected",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lines:
    """The records of a file, decoded afresh at each iteration; a torn last line is passed over."""

    path: Path

    def __iter__(self) -> Iterator[Record]:
        return (record for record, _ in self.sized())

    def sized(self) -> Iterator[tuple[Record, int]]:
        """Yield each record with the bytes of its line."""
        with self.path.open("rb") as file:
            file.readline()
            for number, raw in enumerate(file, start=2):
                if raw.endswith(b"\n"):
                    yield parsed(Record, raw, f"{self.path}:{number}"), len(raw)


def in_order(run: Run) -> Iterator[Record]:
    """Yield a run's records by case id and trial; of a file only keys and byte offsets are held."""
    if not isinstance(run.records, Lines):
        yield from sorted(run.records, key=lambda record: (record.case_id, record.trial))
        return
    found = sorted((*key, at) for key, at, _ in _keyed(run.records.path))
    with run.records.path.open("rb") as file:
        for _, _, at in found:
            file.seek(at)
            yield parsed(Record, file.readline(), str(run.records.path))


def selected(run: Run, wanted: Collection[tuple[str, int]] | None) -> Iterator[Record]:
    """Yield the records with these (case id, trial), or all; the other lines of a file are not decoded."""
    if wanted is None or not isinstance(run.records, Lines):
        yield from (record for record in run.records if wanted is None or (record.case_id, record.trial) in wanted)
        return
    for key, at, raw in _keyed(run.records.path):
        if key in wanted:
            yield parsed(Record, raw, f"{run.records.path}, byte {at}")


_KEY: Final = re.compile(rb'\{"case_id": ?"([^"\\]*)", ?"trial": ?(\d+)[,}]')
"""How every line of ours begins; what does not is parsed as a whole."""


def _keyed(path: Path) -> Iterator[tuple[tuple[str, int], int, bytes]]:
    """Yield the key, the byte offset and the line of each record."""
    with path.open("rb") as file:
        at = len(file.readline())
        for raw in file:
            if raw.endswith(b"\n"):
                if plain := _KEY.match(raw):
                    yield (plain[1].decode("ascii"), int(plain[2])), at, raw
                else:
                    data = json.loads(raw)
                    yield (data["case_id"], data["trial"]), at, raw
            at += len(raw)


def parsed(cls: type[T], raw: bytes, place: str) -> T:
    """Decode one line of a run file.

    Raises:
        RunFolderError: the line is damaged; `place` says where.
    """
    try:
        return decode(cls, json.loads(raw))
    except (ValueError, RecursionError) as error:
        msg = f"{place}: not a {cls.__name__.lower()}: {error}. Restore the file or run again with --overwrite."
        raise RunFolderError(msg) from error


def read(path: str | Path) -> Run:
    """Open a run file.

    Raises:
        RunFolderError: there is no such file, it is no run file, or a newer version wrote it.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            first = file.readline()
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}. Name a run file (<candidate>.jsonl)."
        raise RunFolderError(msg) from error
    if not first.endswith(b"\n"):
        msg = f"{path}: no header: the run was stopped before its first line was written. Run again with --resume."
        raise RunFolderError(msg)
    header = parsed(Header, first, f"{path}:1")
    if header.schema > SCHEMA_VERSION:
        msg = f"{path}: schema {header.schema} is newer than {SCHEMA_VERSION}, which this version reads. Upgrade."
        raise RunFolderError(msg)
    return Run(header=header, records=Lines(path))


def run_paths(folder: str | Path) -> tuple[Path, ...]:
    """Return the run files of a folder (or the one file named), sorted by name."""
    folder = Path(folder)
    if folder.is_file():
        return (folder,)
    found = tuple(sorted(folder.glob("*.jsonl")))
    if not found:
        msg = f"{folder}: no run file (<candidate>.jsonl) here. Name the folder that `harness run -o` wrote."
        raise RunFolderError(msg)
    return found


def read_folder(folder: str | Path) -> tuple[Run, ...]:
    """Open all run files of a folder, or the one file named."""
    return tuple(read(path) for path in run_paths(folder))


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_run(path: Path) -> bool:
    """Say whether a file's first line is a run's header."""
    with path.open("rb") as file:
        try:
            first = json.loads(file.readline())
        except ValueError:
            return False
    return isinstance(first, dict) and "schema" in first and "candidate" in first
