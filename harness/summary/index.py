"""An SQLite file of runs boiled down to their scores: so that a history reads each run file once, or outlives it."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Final

from harness import store
from harness.encoding import decode, line
from harness.errors import RunFolderError
from harness.records import Answer, Header, Record, Run
from harness.summary.history import Night
from harness.summary.table import tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["indexed", "looks", "run_files"]

_TABLE: Final = """create table if not exists runs
    (path text primary key, size integer, changed integer, header text not null, scores blob not null)"""


def run_files(folder: Path) -> tuple[Path, ...]:
    """Return every run file below a folder (or the file itself), by name.

    Raises:
        RunFolderError: there is none.
    """
    found = (folder,) if folder.is_file() else tuple(sorted(folder.rglob("*.jsonl")))
    found = tuple(path for path in found if store.is_run(path))
    if not found:
        msg = f"{folder}: no run file (<candidate>.jsonl) here or below. Name a folder of runs."
        raise RunFolderError(msg)
    return found


def looks(where: Path, run: Header, baseline: Header) -> int:
    """Return how often the baseline has been looked at with this run: itself, and earlier ones that `where` knows.

    `where` is a folder of runs or an index of them. What counts is a run of the same candidate over the same cases that
    began after the baseline did.

    Raises:
        RunFolderError: there is no such folder or index.
    """
    same = {
        header.started
        for header in _headers(where)
        if header.candidate == run.candidate and header.cases_digest == baseline.cases_digest
    }
    return 1 + sum(baseline.started < started < run.started for started in same)


def _headers(where: Path) -> Iterator[Header]:
    if where.is_dir():
        yield from (store.read(path).header for path in run_files(where))
        return
    if not where.exists():
        msg = f"{where}: no such index or folder of runs. `harness history --index` writes one."
        raise RunFolderError(msg)
    try:
        with closing(sqlite3.connect(where)) as base:
            found = base.execute("select header from runs order by path").fetchall()
    except sqlite3.Error as error:
        msg = f"{where}: not an index of runs: {error}. Name another file, or a folder of runs."
        raise RunFolderError(msg) from error
    yield from (decode(Header, json.loads(text)) for (text,) in found)


def indexed(paths: Sequence[Path], index: Path | None = None) -> Iterator[Night]:
    """Yield the runs of the files, and of the index those that it has besides; what is new is put there.

    Raises:
        RunFolderError: the index is no such file, or a run file cannot be read.
    """
    if index is None:
        for path in paths:
            run = store.read(path)
            yield Night(path=path.as_posix(), header=run.header, table=tabulate(run))
        return
    try:
        with closing(sqlite3.connect(index)) as base, base:
            base.execute(_TABLE)
            for path in paths:
                _add(base, path)
            for path_text, header, scores in base.execute("select path, header, scores from runs order by path"):
                lines = zlib.decompress(scores).decode("ascii").splitlines()
                run = Run(
                    header=decode(Header, json.loads(header)),
                    records=tuple(decode(Record, json.loads(text)) for text in lines),
                )
                yield Night(path=path_text, header=run.header, table=tabulate(run))
    except sqlite3.Error as error:
        msg = f"{index}: not an index of runs: {error}. Name another file with --index."
        raise RunFolderError(msg) from error


def _add(base: sqlite3.Connection, path: Path) -> None:
    state = path.stat()
    known = base.execute("select size, changed from runs where path = ?", (path.as_posix(),)).fetchone()
    if known == (state.st_size, state.st_mtime_ns):
        return
    run = store.read(path)
    packed = zlib.compress("".join(line(_slim(record)) for record in run.records).encode("ascii"))
    values = (path.as_posix(), state.st_size, state.st_mtime_ns, line(run.header), packed)
    base.execute("insert or replace into runs values (?, ?, ?, ?, ?)", values)


def _slim(record: Record) -> Record:
    """Keep what figures are made of, and no text."""
    scores = tuple(
        dataclasses.replace(
            score, reason="", spans=(), details={k: v for k, v in score.details.items() if k in {"response", "words"}}
        )
        for score in record.scores
    )
    failures = tuple(dataclasses.replace(failure, message="") for failure in record.failures)
    answer = record.answer and Answer(text="", latency=record.answer.latency)
    return dataclasses.replace(record, answer=answer, scores=scores, failures=failures)
