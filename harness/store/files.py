"""The other files of a run's folder, each written whole or not at all."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from itertools import islice
from json.encoder import encode_basestring_ascii as _quoted
from typing import TYPE_CHECKING, Final

from harness.encoding import decode, line
from harness.records import SCHEMA_VERSION, Case

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from harness.records import Json

_ID: Final = re.compile(r'\{"id": ?"([^"\\]*)"[,}]')
"""How every line of ours begins; what does not is parsed as a whole."""

__all__ = ["CasesWriter", "read_cases", "write_cases", "write_json", "write_text"]


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
    if isinstance(data, str):
        yield _quoted(data)
        return
    if levels == 0 or not data or not isinstance(data, (dict, list)):
        yield line(data).rstrip("\n")
        return
    pairs = [(f"{_quoted(name)}: ", item) for name, item in data.items()] if isinstance(data, dict) else None
    left, right = "[]" if pairs is None else "{}"
    for number, (name, item) in enumerate(pairs or (("", item) for item in data)):
        start = f"{',' if number else left}\n{name}"
        if item is None or isinstance(item, (int, float)):  # the quickest way for what is most of it
            yield start + _plain(item)
        else:
            yield start
            yield from _spread(item, levels - 1)
    yield f"\n{right}"


def _plain(value: float | None) -> str:
    """Return a number, a truth value or nothing as json writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


class CasesWriter:
    """Writes the cases of a run: a case a line inside one JSON document, compressed and without a time stamp.

    The file is there, whole, once `close` has been called; until then each case is handed to the operating system as it
    comes, and `read_cases` finds it beside the file.
    """

    def __init__(self, path: Path, cases_digest: str) -> None:
        """Open a file beside the one that is to be."""
        self._path, self._temporary = path, _unfinished(path)
        self._raw = self._temporary.open("wb")
        self._packed = gzip.GzipFile(filename="", fileobj=self._raw, mode="wb", mtime=0, compresslevel=1)
        self._packed.write(f'{{"schema":{SCHEMA_VERSION},"digest":"{cases_digest}","cases":[\n'.encode())
        self.count = 0

    def add(self, case: Case) -> None:
        """Write one more case."""
        self._packed.write((",\n" if self.count else "").encode() + line(case).rstrip("\n").encode())
        self._packed.flush()
        self.count += 1

    def close(self) -> None:
        """End the document and put it in its place."""
        with self._raw, self._packed:
            self._packed.write(b"\n]}\n")
        self._temporary.replace(self._path)


def write_cases(path: Path, cases: Iterable[Case], cases_digest: str) -> None:
    """Write the cases as asked."""
    writer = CasesWriter(path, cases_digest)
    for case in cases:
        writer.add(case)
    writer.close()


def read_cases(path: Path, wanted: Collection[str] | None = None) -> dict[str, Case]:
    """Return the cases of a run by id: all, or only those wanted.

    Of a run that goes on, or was killed, they are those that were drawn so far; an absent file holds none.
    """
    found: dict[str, Case] = {}
    for text in islice(_case_lines(path), 1, None):
        if text.startswith("]") or (wanted is not None and len(found) == len(wanted)):
            break
        plain = None if wanted is None else _ID.match(text)
        if wanted is not None and plain is not None and plain[1] not in wanted:
            continue
        data = json.loads(text.rstrip().removesuffix(","))
        if wanted is None or data["id"] in wanted:
            found[data["id"]] = decode(Case, data)
    return found


def _case_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file of cases, or those that are whole of one that is not finished."""
    if path.exists():
        with gzip.open(path, "rt", encoding="ascii") as file:
            yield from file
    elif _unfinished(path).exists():
        packed = _unfinished(path).read_bytes()
        lines = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed).decode("ascii").split("\n")
        if not _whole(lines[-1]):
            del lines[-1]
        yield from lines


def _whole(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")
