"""Plain data → checked entries; every mistake with its place, the value and the remedy."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from harness.cases import schema
from harness.cases.nodes import Document, Odd
from harness.cases.problems import Mark

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from harness.cases.problems import DocPath, Problems

__all__ = ["checked"]

E = TypeVar("E", bound=BaseModel)

_ENTRIES: Final[dict[str, type[BaseModel]]] = {
    "cases": schema.CaseEntry,
    "defaults": schema.DefaultsEntry,
    "contexts": schema.ContextEntry,
    "limits": schema.LimitsEntry,
    "format": schema.FormatEntry,
    "expect": schema.ExpectEntry,
    "history": schema.TurnEntry,
    "answers": schema.AnswerEntry,
    "labels": schema.LabelsEntry,
    "spans": schema.SpanEntry,
}
_SHOWN: Final = 60
_WANTED: Final = {
    "list_type": "a list. Begin each entry with '- ' on a line of its own, or write [a, b].",
    "int_type": "a whole number without quotes.",
    "bool_type": "yes or no.",
    "model_type": "a mapping: keys and values.",
    "model_attributes_type": "a mapping: keys and values.",
    "dict_type": "a mapping: keys and values.",
}


def checked(entry: type[E], document: Document, path: Path, problems: Problems) -> E | None:
    """Validate a document; None if a mistake was noted."""
    try:
        return entry.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            place, rest = _place(document.data, detail["loc"])
            mark, message = _said(entry, document, place, rest, detail)
            problems.add(path, mark, message)
        return None
    except RecursionError:
        problems.add(path, Mark(1, 1), "nested too deeply. Case files need five levels.")
        return None


def _place(data: Any, loc: tuple[str | int, ...]) -> tuple[DocPath, tuple[str | int, ...]]:  # noqa: ANN401 - plain data
    """Follow a location into the data, passing over the names of alternatives; return also what is not there."""
    here: list[str | int] = []
    rest: list[str | int] = []
    for part in loc:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            data = data[part]
            here.append(part)
            rest = []
        else:
            rest.append(part)
    return tuple(here), tuple(rest)


def _said(
    entry: type[BaseModel], document: Document, place: DocPath, rest: tuple[str | int, ...], detail: ErrorDetails
) -> tuple[Mark, str]:
    kind, mark = detail["type"], document.mark(place)
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "the file")
    if kind == "extra_forbidden":
        key = str(place[-1])
        return document.mark((*place, "key")), f"unknown key {key!r}.{_near(key, _known(entry, place[:-1]))}"
    if kind == "missing":
        return mark, f"{_what(place)} needs {str(rest[-1])!r}. Add it."
    value = detail["input"]
    if kind == "string_type":
        return mark, _not_text(name, value, mark)
    if kind == "literal_error":
        expected = [part.strip().strip("'") for part in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        said = value.text if isinstance(value, Odd) else str(value)
        return mark, f"{name} may not be {_shown(value)}.{_near(said, expected)}"
    if kind in _WANTED:
        return mark, f"{name} is {_shown(value)} and must be {_WANTED[kind]}"
    if kind == "string_too_short":
        return mark, f"{name} is empty. Write something, or leave the key out."
    if kind == "greater_than_equal":
        return mark, f"{name} is {_shown(value)} and must be at least {detail['ctx']['ge']}."
    if kind == "string_pattern_mismatch":
        return mark, f"{name} {_shown(value)} may hold letters, digits, '-', '_' and '.' only. Rename it."
    return mark, f"{name} is {_shown(value)}: {detail['msg'].lower()}."


def _what(place: DocPath) -> str:
    names = [str(part) for part in place if isinstance(part, str)]
    if not names:
        return "the suite"
    return {"cases": "the case", "contexts": "the context", "answers": "the answer", "spans": "the span"}.get(
        names[-1], f"{names[-1]!r}"
    )


def _not_text(name: str, value: Any, mark: Mark) -> str:  # noqa: ANN401 - plain data
    if isinstance(value, (dict, list)):
        what = "a list" if isinstance(value, list) else "a mapping"
        return f"{name} must be text, and is {what}. Quote it if it holds ': ', or check the indentation."
    raw = mark.raw if mark.raw is not None else str(value)
    if value is None:
        return f"{name} must be text, and is empty. Write something, or leave the key out."
    kind = value.kind if isinstance(value, Odd) else "a boolean" if isinstance(value, bool) else "a number"
    return f'{name} must be text, and YAML reads {raw!r} as {kind}. Quote it: "{raw}".'


def _known(entry: type[BaseModel], parent: DocPath) -> list[str]:
    names = [part for part in parent if isinstance(part, str)]
    model = _ENTRIES.get(names[-1], entry) if names else entry
    return [field.alias or name for name, field in model.model_fields.items()]


def _near(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return (f" Did you mean {close[0]!r}?" if close else "") + f" Known: {', '.join(known)}."


def _shown(value: Any) -> str:  # noqa: ANN401 - plain data
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value.text if isinstance(value, Odd) else value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
