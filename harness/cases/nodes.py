"""YAML text → plain data and the place of every value; nothing in a file can run code or blow up memory.

The event stream is read, never constructed: tags are mistakes, aliases share what they name and their expansion is
bounded, nesting and scalars are bounded before anything is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from harness.cases.problems import DocPath, Mark, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MAX_FILE", "MAX_SCALAR", "Document", "Odd", "decoded", "parsed"]

MAX_FILE: Final = 64 * 2**20
MAX_SCALAR: Final = 4 * 2**20
MAX_DEPTH: Final = 24
MAX_NODES: Final = 2_000_000
MAX_EXPANDED: Final = 200_000
"""Nodes that aliases may stand for altogether."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_KINDS: Final = {"int": "a number", "float": "a number", "timestamp": "a date", "bool": "a boolean", "null": "nothing"}


@dataclass(frozen=True, slots=True)
class Odd:
    """A scalar that YAML reads as something other than text or a plain number; `kind` says as what."""

    text: str
    kind: str


@dataclass(slots=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None, Odd) and the mark of every path in it."""

    data: Any
    marks: dict[DocPath, Mark] = field(default_factory=dict)

    def mark(self, path: DocPath) -> Mark:
        """Return where a path, or the nearest thing above it, stands."""
        while path not in self.marks and path:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))


class _StopError(Exception):
    """End the reading of one file; the problem is noted already."""


def decoded(path: Path, problems: Problems) -> str | None:
    """Read a file as UTF-8 text; None if a problem was noted."""
    try:
        if path.stat().st_size > MAX_FILE:
            problems.add(path, Mark(1, 1), f"the file is larger than {MAX_FILE // 2**20} MB. Split it.")
            return None
        raw = path.read_bytes()
    except OSError as error:
        problems.add(path, Mark(1, 1), f"cannot be read: {error.strerror}. Check the name and the permissions.")
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add(path, Mark(1, 1), "the file is UTF-16. Save it as UTF-8.")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        problems.add(
            path, Mark(line, column), f"the byte {raw[error.start]:#04x} is not UTF-8. Save the file as UTF-8."
        )
        return None


def parsed(path: Path, text: str, problems: Problems) -> Document | None:
    """Read YAML text; None if the file cannot be understood at all (the problem is noted)."""
    if not text.strip():
        problems.add(path, Mark(1, 1), "the file is empty. `harness cases new FILE` writes a skeleton.")
        return None
    builder = _Builder(path, problems)
    try:
        return builder.document(yaml.parse(text.replace("\r\n", "\n"), _LOADER))
    except _StopError:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
        problems.add(path, place, _syntax(error, text, place))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
        said = f"the character U+{character:04X} may not stand in YAML. Remove it, or escape it in double quotes."
        problems.add(path, Mark(line, 1), said)
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str, place: Mark) -> str:
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return "a tab indents this line; YAML allows only spaces there. Replace the tab by spaces."
    problem = " ".join(str(error.problem or error.context or "not YAML").split())
    hint = " Quote the text if it holds ': ' or ' #'." if "mapping values" in problem else ""
    return f"not YAML: {problem}.{hint or ' Check the indentation and the quotes around it.'}"


class _Builder:
    """Build plain data from events; every limit is checked before anything grows."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path, self.problems = path, problems
        self.marks: dict[DocPath, Mark] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.nodes = self.expanded = 0

    def stop(self, event: yaml.Event, message: str) -> _StopError:
        self.problems.add(self.path, _mark(event), message)
        return _StopError()

    def document(self, events: Iterator[yaml.Event]) -> Document:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.stop(event, "a second document begins ('---'). Put each suite into a file of its own.")
            elif not isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                data = self.node(event, events, (), 0)[0]
        return Document(data, self.marks)

    def node(self, event: Any, events: Iterator[yaml.Event], path: DocPath, depth: int) -> tuple[Any, int]:  # noqa: ANN401 - the stubs know no tags
        """Return a node's data and its size in nodes."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise self.stop(event, f"nested deeper than {MAX_DEPTH} levels. Case files need five.")
        if self.nodes > MAX_NODES:
            raise self.stop(event, f"more than {MAX_NODES} values in one file. Split it, or use JSON lines.")
        self.marks[path] = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            raise self.stop(event, f"the tag {event.tag!r} is not allowed: case files hold plain data. Remove it.")
        anchor = event.anchor
        if anchor:
            self.open_anchors.add(anchor)
        built: tuple[Any, int]
        if isinstance(event, yaml.ScalarEvent):
            built = self.scalar(event), 1
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self.sequence(events, path, depth)
        else:
            built = self.mapping(events, path, depth)
        if anchor:
            self.open_anchors.discard(anchor)
            self.anchors[anchor] = built
        return built

    def alias(self, event: yaml.AliasEvent) -> tuple[Any, int]:
        if event.anchor in self.open_anchors:
            raise self.stop(event, f"the alias '*{event.anchor}' stands inside what it names. Write it out.")
        if event.anchor not in self.anchors:
            raise self.stop(event, f"the alias '*{event.anchor}' names nothing. Define '&{event.anchor}' before it.")
        data, size = self.anchors[event.anchor]
        self.expanded += size
        if self.expanded > MAX_EXPANDED:
            raise self.stop(event, f"aliases stand for more than {MAX_EXPANDED} values. Write the suite without them.")
        return data, size

    def scalar(self, event: yaml.ScalarEvent) -> Any:  # noqa: ANN401 - whatever YAML makes of it
        value = str(event.value)
        if len(value) > MAX_SCALAR:
            raise self.stop(event, f"a text longer than {MAX_SCALAR // 2**20} MB. Put it into a file beside the suite.")
        if not event.implicit[0]:
            return value
        tag = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False)).rpartition(":")[2]
        if tag == "null":
            return None
        if tag == "bool":
            return value.lower() in {"yes", "true", "on"}
        if tag == "int" and _INT.fullmatch(value):
            return int(value) if len(value) < 19 else Odd(value, "a number")  # noqa: PLR2004 - 64 bits
        if tag == "float" and _FLOAT.fullmatch(value):
            return float(value)
        return value if tag not in _KINDS else Odd(value, _KINDS[tag])

    def sequence(self, events: Iterator[yaml.Event], path: DocPath, depth: int) -> tuple[list[Any], int]:
        out: list[Any] = []
        total = 1
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            value, size = self.node(event, events, (*path, len(out)), depth + 1)
            out.append(value)
            total += size
        return out, total

    def mapping(self, events: Iterator[yaml.Event], path: DocPath, depth: int) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        total = 1
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event)
            if key in out:
                first = self.marks[(*path, key)]
                self.problems.add(
                    self.path, _mark(event), f"the key {key!r} stands twice (first in line {first.line}). Keep one."
                )
            value, size = self.node(next(events), events, (*path, key), depth + 1)
            self.marks[(*path, key, "key")] = _mark(event)
            out[key] = value
            total += size
        return out, total

    def key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.stop(event, "a key must be a plain word. Check the indentation and the braces.")
        if event.value == "<<":
            raise self.stop(event, "merge keys ('<<') are not supported. Use the suite's `defaults`.")
        return str(event.value)


def _mark(event: Any) -> Mark:  # noqa: ANN401 - the stubs know no marks
    raw = str(event.value) if isinstance(event, yaml.ScalarEvent) else None
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1, raw)
