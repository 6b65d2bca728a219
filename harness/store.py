"""Runs on disk: JSON lines, one header and then one record a line; readable at any moment, whatever was killed.

Lines are ASCII-escaped, so that lone surrogates survive, and never hold NaN. They are flushed to the operating system
one by one. Paid answers that are not scored yet lie in `<candidate>.part`, one a line, before they are scored.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from harness.encoding import decode, line
from harness.errors import RunFolderError
from harness.records import SCHEMA_VERSION, Answer, Call, Case, Header, Json, Record, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from io import FileIO

__all__ = [
    "Entry",
    "Journal",
    "file_digest",
    "held",
    "in_order",
    "is_run",
    "read",
    "read_cases",
    "read_folder",
    "run_paths",
    "selected",
    "write_cases",
    "write_json",
    "write_text",
]

T = TypeVar("T")
_HELD: Final = 12_000_000
"""Bytes of run files that are held decoded, in some five times as much memory."""

# ------------------------------------------------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True)
class _Lines:
    """The records of a file, decoded afresh at each iteration; a torn last line is passed over."""

    path: Path

    def __iter__(self) -> Iterator[Record]:
        with self.path.open("rb") as file:
            file.readline()
            for number, raw in enumerate(file, start=2):
                if raw.endswith(b"\n"):
                    yield _parsed(Record, raw, f"{self.path}:{number}")


def in_order(run: Run) -> Iterator[Record]:
    """Yield a run's records by case id and trial; of a file only keys and byte offsets are held."""
    if not isinstance(run.records, _Lines):
        yield from sorted(run.records, key=lambda record: (record.case_id, record.trial))
        return
    found = sorted((*key, at) for key, at, _ in _keyed(run.records.path))
    with run.records.path.open("rb") as file:
        for _, _, at in found:
            file.seek(at)
            yield _parsed(Record, file.readline(), str(run.records.path))


def selected(run: Run, wanted: Collection[tuple[str, int]] | None) -> Iterator[Record]:
    """Yield the records with these (case id, trial), or all; the other lines of a file are not decoded."""
    if wanted is None or not isinstance(run.records, _Lines):
        yield from (record for record in run.records if wanted is None or (record.case_id, record.trial) in wanted)
        return
    for key, at, raw in _keyed(run.records.path):
        if key in wanted:
            yield _parsed(Record, raw, f"{run.records.path}, byte {at}")


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


def _parsed(cls: type[T], raw: bytes, place: str) -> T:
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
    header = _parsed(Header, first, f"{path}:1")
    if header.schema > SCHEMA_VERSION:
        msg = f"{path}: schema {header.schema} is newer than {SCHEMA_VERSION}, which this version reads. Upgrade."
        raise RunFolderError(msg)
    return Run(header=header, records=_Lines(path))


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


def held(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return runs with their records in memory where the files are small, so that several readers decode them once."""
    sizes = [run.records.path.stat().st_size for run in runs if isinstance(run.records, _Lines)]
    if sum(sizes) > _HELD:
        return tuple(runs)
    return tuple(dataclasses.replace(run, records=tuple(run.records)) for run in runs)


# ------------------------------------------------------------------------------------------------------------ writing


class Entry:
    """A record and its line in a run file; one is made of the other where it is asked for.

    Processes that score hand over lines, for most are written and not looked at before the run ends.
    """

    __slots__ = ("_line", "_record")

    def __init__(self, record: Record | None = None, *, line: str | None = None) -> None:
        """Take one of the two."""
        self._record, self._line = record, line

    @property
    def record(self) -> Record:
        """The record."""
        if self._record is None:
            self._record = decode(Record, json.loads(self._line or ""))
        return self._record

    @property
    def line(self) -> str:
        """The line, newline included."""
        if self._line is None:
            self._line = line(self._record)
        return self._line


class Journal:
    """The run file of one candidate and its `.part`, open for appending.

    An answer is journalled (`paid`) before it is scored and a record (`add`) closes it. Opening cuts off a torn last
    line, so that what was killed at any moment can go on.
    """

    def __init__(self, folder: Path, slug: str, header: Header, *, retry_failures: bool = False) -> None:
        """Open or create the files; the header is written once, with the first record.

        With `retry_failures` the records in which something broke down are taken out of the run file first; an answer
        that was paid for waits in `.part` for its score.

        Raises:
            RunFolderError: a file cannot be opened, or a line of it is damaged.
        """
        self.path = folder / f"{slug}.jsonl"
        self._part_path = folder / f"{slug}.part"
        self._header = header
        try:
            _cut_torn_line(self.path)
            _cut_torn_line(self._part_path)
            if retry_failures and self._started():
                self._take_out_failures()
            self.done = frozenset((r.case_id, r.trial) for r in _Lines(self.path)) if self._started() else frozenset()
            self._begun = bool(self.done)
            if not self._begun:
                self.path.write_bytes(b"")  # a header alone is written anew, with the model that answers first
            self._waiting = dict(self._unscored())
            self._file = self.path.open("ab", buffering=0)
            self._part = self._part_path.open("ab", buffering=0)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _take_out_failures(self) -> None:
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        with self.path.open("rb") as old, temporary.open("wb") as kept, self._part_path.open("ab") as part:
            kept.write(old.readline())
            for number, raw in enumerate(old, start=2):
                record = _parsed(Record, raw, f"{self.path}:{number}")
                if not record.failures:
                    kept.write(raw)
                elif record.answer is not None:
                    calls = tuple(call for call in record.calls if call.stage == "answer")
                    part.write(_paid_line(record.case_id, record.trial, record.answer, calls))
            part.flush()
        temporary.replace(self.path)

    def _started(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def _unscored(self) -> Iterator[tuple[tuple[str, int], int]]:
        """Yield the key and the byte offset of each journalled answer that has no record yet."""
        if not self._part_path.exists():
            return
        with self._part_path.open("rb") as file:
            at = 0
            for raw in file:
                data = json.loads(raw)
                key = (data["case_id"], data["trial"])
                if key not in self.done:
                    yield key, at
                at += len(raw)

    def waiting(self, case_id: str, trial: int) -> Answer | None:
        """Return an answer that was paid for and not scored, if there is one."""
        at = self._waiting.pop((case_id, trial), None)
        if at is None:
            return None
        with self._part_path.open("rb") as file:
            file.seek(at)
            data = json.loads(file.readline())
        calls = tuple(decode(Call, call) for call in data["calls"])
        return dataclasses.replace(decode(Answer, data["answer"]), calls=calls)

    def owes(self, case_id: str, trial: int) -> bool:
        """Say whether there is neither a record nor an answer that waits for its score."""
        return (case_id, trial) not in self.done and (case_id, trial) not in self._waiting

    def paid(self, case_id: str, trial: int, answer: Answer) -> None:
        """Put an answer on disk before it is scored."""
        _append(self._part, self._part_path, _paid_line(case_id, trial, answer, answer.calls))

    def add(self, added: Record | Entry) -> None:
        """Append a record; the first one brings the header, with the model that the endpoint named."""
        entry = added if isinstance(added, Entry) else Entry(added)
        text = entry.line.encode()
        if not self._begun:
            self._begun = True
            record = entry.record
            model = record.answer.model if record.answer else None
            fingerprint = record.answer.system_fingerprint if record.answer else None
            header = dataclasses.replace(self._header, model=model, system_fingerprint=fingerprint)
            text = line(header).encode() + text
        _append(self._file, self.path, text)

    def close(self, *, finished: bool) -> None:
        """Close the files; a finished run needs no `.part`. A run without records still gets its header."""
        try:
            if not self._begun:
                _append(self._file, self.path, line(self._header).encode())
        finally:
            self._file.close()
            self._part.close()
        if finished or self._part_path.stat().st_size == 0:
            self._part_path.unlink()


def _paid_line(case_id: str, trial: int, answer: Answer, calls: tuple[Call, ...]) -> bytes:
    data: dict[str, object] = {"case_id": case_id, "trial": trial, "answer": answer, "calls": calls}
    return line(data).encode()


def _append(file: FileIO, path: Path, data: bytes) -> None:
    """Hand a line to the operating system whole; what a full disk took of it is cut off at the next opening."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) or 0 :]
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    msg = (
        f"{path}: cannot be written: {error.strerror}. Nothing that was recorded is lost: mend it and go on with "
        "--resume, or name another folder with -o."
    )
    return RunFolderError(msg)


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = file.seek(0, 2)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                file.truncate(start + newline + 1)
                return
            end = start
        file.truncate(0)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def write_json(path: Path, value: object) -> None:
    """Write a noun, or several, as JSON, whole or not at all: a field or an item a line, four levels deep."""
    write_text(path, "".join(_spread(json.loads(line(value)), 4)) + "\n")


def _spread(data: Json, levels: int) -> Iterator[str]:
    """Yield JSON with line breaks in its upper levels; json's own `indent` costs several times as much."""
    if levels == 0 or not data or not isinstance(data, (dict, list)):
        yield line(data).rstrip("\n")
        return
    pairs = [(f"{line(name).rstrip()}: ", item) for name, item in data.items()] if isinstance(data, dict) else None
    left, right = "[]" if pairs is None else "{}"
    for number, (name, item) in enumerate(pairs or (("", item) for item in data)):
        yield f"{',' if number else left}\n{name}"
        yield from _spread(item, levels - 1)
    yield f"\n{right}"


def write_cases(path: Path, cases: Iterable[Case], cases_digest: str) -> None:
    """Write the cases as asked, a case a line inside one JSON document, compressed and without a time stamp."""
    temporary = path.with_name(f".{path.name}.tmp")
    with (
        temporary.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=1) as packed,
    ):
        packed.write(f'{{"schema":{SCHEMA_VERSION},"digest":"{cases_digest}","cases":[\n'.encode())
        comma = b""
        for case in cases:
            packed.write(comma + line(case).rstrip("\n").encode())
            comma = b",\n"
        packed.write(b"\n]}\n")
    temporary.replace(path)


def read_cases(path: Path, wanted: Collection[str] | None = None) -> dict[str, Case]:
    """Return the cases of a run by id: all, or only those wanted; an absent file holds none."""
    if not path.exists():
        return {}
    found: dict[str, Case] = {}
    with gzip.open(path, "rt", encoding="ascii") as file:
        next(file)
        for text in file:
            if text.startswith("]"):
                break
            data = json.loads(text.rstrip().removesuffix(","))
            if wanted is None or data["id"] in wanted:
                found[data["id"]] = decode(Case, data)
    return found


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
