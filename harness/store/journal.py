"""Write run files so that whatever is killed, at whatever moment, can go on: what was paid for is on disk first."""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.encoding import decode, line
from harness.errors import RunFolderError
from harness.records import Answer, Call, Record
from harness.store.reading import Lines, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from harness.records import Header

__all__ = ["Entry", "Journal", "writing"]


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
        with writing(self.path):
            _cut_torn_line(self.path)
            _cut_torn_line(self._part_path)
            if retry_failures and self._started():
                self._take_out_failures()
            self.done = frozenset((r.case_id, r.trial) for r in Lines(self.path)) if self._started() else frozenset()
            self._begun = bool(self.done)
            if not self._begun:
                self.path.write_bytes(b"")  # a header alone is written anew, with the model that answers first
            self._waiting = dict(self._unscored())
            self._file = self.path.open("ab", buffering=0)
            self._part = self._part_path.open("ab", buffering=0)

    def _take_out_failures(self) -> None:
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        with self.path.open("rb") as old, temporary.open("wb") as kept, self._part_path.open("ab") as part:
            kept.write(old.readline())
            for number, raw in enumerate(old, start=2):
                record = parsed(Record, raw, f"{self.path}:{number}")
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
    with writing(path):
        while rest:
            rest = rest[file.write(rest) or 0 :]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of a file of a run that it cannot be written, and how to go on.

    Raises:
        RunFolderError: the operating system refused.
    """
    try:
        yield
    except OSError as error:
        msg = (
            f"{path}: cannot be written: {error.strerror}. Nothing that was recorded is lost: mend it and go on with "
            "--resume, or name another folder with -o."
        )
        raise RunFolderError(msg) from error


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
