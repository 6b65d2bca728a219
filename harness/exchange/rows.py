"""Tables and lists of objects: CSV, JSON lines, ragas data sets, deepeval test files."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError
from harness.exchange.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["COLUMNS", "imported", "read_csv", "read_objects"]

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "name", "case_id"),
    "query": ("query", "question", "user_input", "input"),
    "contexts": ("contexts", "retrieved_contexts", "retrieval_context", "passages", "documents", "context"),
    "references": ("references", "reference", "ground_truth", "ground_truths", "expected_output"),
    "answer": ("answer", "response", "actual_output", "output"),
    "model": ("model", "candidate"),
    "answerable": ("answerable",),
    "instructions": ("instructions",),
    "group": ("group",),
    "tags": ("tags",),
    "max_words": ("max_words",),
}
"""Each field of a case, and the columns that may hold it: the first that is there and not empty counts."""

_MANY: Final = frozenset({"contexts", "references", "tags"})
_ROLES: Final = {"human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}


def read_csv(text: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV file; the delimiter is found (comma, semicolon or tab).

    Raises:
        UsageError: the file has no header.
    """
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not head.strip():
        msg = "the file is empty. Its first line must name the columns."
        raise UsageError(msg)
    return rows


def read_objects(text: str, *, whole: str | None = None) -> list[dict[str, Any]]:
    """Return the objects of a JSON list, of an object that holds one list of them, or of JSON lines.

    An object with the key `whole` is taken as it is.

    Raises:
        UsageError: it is neither, said with the line.
    """
    try:
        data = json.loads(text)
    except ValueError:
        return list(_lines(text))
    if isinstance(data, dict) and whole is not None and whole in data:
        return [data]
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        data = lists[0] if len(lists) == 1 else [data]
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        msg = "the file must hold a list of objects, or an object a line"
        raise UsageError(msg)
    return data


def _lines(text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            msg = f"line {number}: not JSON: {error}. The file must hold a list of objects, or an object a line."
            raise UsageError(msg) from error
        if not isinstance(data, dict):
            msg = f"line {number}: {type(data).__name__} where an object must stand"
            raise UsageError(msg)
        yield data


def imported(rows: Iterable[Mapping[str, Any]], *, columns: Mapping[str, str], model: str) -> Imported:
    """Turn rows into cases; `columns` name the column of a field where it has another name.

    Raises:
        UsageError: `columns` name a field that no case has.
    """
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        msg = f"--column {unknown[0]}=…: no such field. Known: {', '.join(COLUMNS)}."
        raise UsageError(msg)
    found = Imported()
    for row in rows:
        places = {name: _place(row, (columns[name],) if name in columns else COLUMNS[name]) for name in COLUMNS}
        for key, value in row.items():
            if key not in places.values():
                found.leave(f"column {key!r}", value)
        values = {name: row.get(place) for name, place in places.items() if place is not None}
        found.add(_entry(values, model, found), _plain(values.get("id")))
    return found


def _place(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    held = [name for name in names if name in row]
    return next((name for name in held if row[name] not in (None, "", [])), held[0] if held else None)


def _entry(values: Mapping[str, Any], model: str, found: Imported) -> dict[str, Any]:
    query, history = _turns(values.get("query"), found)
    entry: dict[str, Any] = {"query": query, "contexts": _many(values.get("contexts"))}
    if history:
        entry["history"] = history
    for name in ("instructions", "group"):
        entry[name] = _plain(values.get(name))
    for name in ("references", "tags"):
        entry[name] = _many(values.get(name))
    answerable = _plain(values.get("answerable")).lower()
    answerable = {"true": "yes", "false": "no", "1": "yes", "0": "no"}.get(answerable, answerable)
    if answerable in {"yes", "no", "partial", "false_presupposition"}:
        entry["answerable"] = answerable
    else:
        found.leave(f"answerable {answerable!r}", answerable)
    words = _plain(values.get("max_words"))
    if words.isdigit() and int(words) > 0:
        entry["limits"] = {"max_words": int(words)}
    else:
        found.leave(f"max_words {words!r}", words)
    said = _plain(values.get("answer"))
    if said:
        entry["answers"] = [{"model": _plain(values.get("model")) or model, "text": said}]
    return entry


def _turns(value: object, found: Imported) -> tuple[str, list[dict[str, str]]]:
    """Read a question, or a conversation that ends with one (ragas' messages)."""
    if not isinstance(value, list):
        return _plain(value), []
    turns = []
    for message in value:
        role = _ROLES.get(str(message.get("type") or message.get("role"))) if isinstance(message, dict) else None
        if role is None:
            found.leave("a message that is neither the user's nor the assistant's", "1")
        else:
            turns.append({"role": role, "text": _plain(message.get("content"))})
    last = max((n for n, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    if last is None:
        return "", []
    found.leave("a message after the last question", turns[last + 1 :])
    return turns[last]["text"], turns[:last]


def _plain(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _many(value: object) -> list[str]:
    """Read a list, one that is written as JSON in a cell, or a single text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return [str(value)]
    if isinstance(value, list):
        texts = [_plain(one.get("text", one.get("page_content")) if isinstance(one, dict) else one) for one in value]
        return [text for text in texts if text]
    return [_plain(value)] if value not in (None, "") else []
