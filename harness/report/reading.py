"""Read the runs of a folder once for all reports: while they go on, or from their files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from harness import store
from harness.report.junit import Tests
from harness.report.redacting import redacted_record, redacted_run
from harness.summary import GatheredRun, Gathering

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from harness.records import Header, Record, Run
    from harness.summary import Summary

__all__ = ["Reading"]

_HELD: Final = 12_000_000
"""Bytes of run files, as far as can be foreseen, that are held decoded, in some five times as much memory."""


@dataclass(slots=True)
class _One:
    """A run that is being read."""

    figures: GatheredRun
    tests: Tests
    records: list[Record] = field(default_factory=list)


class Reading:
    """What summary and reports need of a folder's runs; every record is decoded and looked at once.

    Records are held where they are few, for the page's explorer reads them again. With `redact`, their texts are
    withheld.
    """

    def __init__(self, folder: Path, *, redact: bool = False) -> None:
        """Begin with nothing; a run that is not read while it goes on is read from its file."""
        self._folder, self._redact = folder, redact
        self._gathering = Gathering()
        self._runs: dict[str, _One] = {}
        self._size = self._seen = self._planned = 0
        self._held = True

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the files."""
        for one in self._runs.values():
            one.tests.close()

    def begin(self, headers: Mapping[str, Header]) -> None:
        """Read these runs, by the stem of their files, while they go on: each record is then to be added."""
        for stem, header in sorted(headers.items(), key=lambda item: f"{item[0]}.jsonl"):
            self._runs[stem] = _One(self._gathering.run(header), Tests(self._folder, header))
            self._planned += header.planned

    def add(self, stem: str, record: Record, size: int) -> None:
        """Take in a record whose line has so many bytes."""
        one = self._runs[stem]
        record = redacted_record(record) if self._redact else record
        one.figures.add(record)
        one.tests.add(record)
        self._size, self._seen = self._size + size, self._seen + 1
        if self._held and self._size * max(1.0, self._planned / self._seen) > _HELD:
            self._held = False
            for other in self._runs.values():
                other.records.clear()
        if self._held:
            one.records.append(record)

    def runs(self) -> tuple[Run, ...]:
        """Return the folder's runs, by name, when all is written: their records are in memory, or in their files."""
        paths = {path.stem: path for path in store.run_paths(self._folder)}
        files = {stem: store.read(path) for stem, path in paths.items()}
        fresh = {stem: run.header for stem, run in files.items() if stem not in self._runs}
        if fresh:
            self.begin(fresh)
        for stem in fresh:
            for record, size in store.Lines(paths[stem]).sized():
                self.add(stem, record, size)
        found = []
        for stem, run in files.items():
            one = self._runs[stem]
            one.figures.header = run.header
            held = dataclasses.replace(run, records=tuple(one.records))
            found.append(held if self._held else redacted_run(run) if self._redact else run)
        return tuple(found)

    def summary(self, *, title: str) -> Summary:
        """Boil down what was read."""
        return self._gathering.summary(title=title)

    @property
    def tests(self) -> Mapping[str, Tests]:
        """The JUnit tests by candidate."""
        return {one.figures.header.candidate: one.tests for one in self._runs.values()}
