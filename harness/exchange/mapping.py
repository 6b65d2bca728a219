"""Which field of a row is which field of a case: mappings in YAML, and presets for public schemas in the same form.

A path is a column, or a dotted way into it (`answers.text`, `positive_passages.text`); it walks through lists, and what
is JSON in a text is read where the path goes on. `mapped` is pure: a row in, the entry of a case file out.
"""

from __future__ import annotations

import contextlib
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Pairs

    from harness.exchange.imported import Imported

__all__ = ["Mapping", "load", "mapped", "presets"]

_ANSWERABLE: Final = frozenset({"yes", "no", "partial", "false_presupposition"})
_LABELS: Final = frozenset({"baseless", "conflict", "echo"})
_TRUTHS: Final[dict[object, bool]] = {True: True, False: False, "yes": True, "no": False}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Choice(_Part):
    """A field whose values have other names: `{path: label, values: {PASS: yes, FAIL: no}}`.

    With `empty`, it is that where nothing stands at the path, and `filled` where something does.
    """

    path: str
    values: dict[str | bool | int, str | bool] = Field(default_factory=dict)
    empty: str | bool | None = None
    filled: str | bool | None = None

    def chosen(self, row: Pairs[str, Any]) -> object:
        """Return the value, None where none is named for what the row holds."""
        found = at(row, self.path)
        if not self.values:
            return self.filled if any(value not in (None, "", []) for value in found) else self.empty
        return next((self.values[value] for value in found if _hashable(value) and value in self.values), None)


class Spans(_Part):
    """Where a human's findings stand: a list with offsets into the answer; kinds that `labels` leaves out are none."""

    path: str
    start: str = "start"
    end: str = "end"
    label: str = "label"
    labels: dict[str, str]


class Mapping(_Part):
    """The mapping of a data set; `rows` is the column that holds the rows, where a file is one object around them."""

    query: str | list[str] | None = None
    ask: str | None = None
    """The query of every case, where the rows have none."""
    contexts: str | list[str] = []
    id: str | list[str] | None = None
    references: str | list[str] = []
    instructions: str | None = None
    group: str | None = None
    tags: str | list[str] = []
    answer: str | None = None
    model: str | None = None
    answerable: Choice | str | None = None
    faithful: Choice | str | None = None
    spans: Spans | None = None
    rows: str | None = None
    ignore: list[str] = []


def presets() -> tuple[str, ...]:
    """Return the names of the presets.

    >>> "squad2" in presets()
    True
    """
    folder = files("harness.exchange") / "presets"
    return tuple(sorted(Path(file.name).stem for file in folder.iterdir() if file.name.endswith(".yaml")))


def load(name: str | Path) -> Mapping:
    """Read a preset by its name, or a mapping from a YAML file.

    Raises:
        UsageError: no such preset or file, or it is no mapping; the message says what and where.
    """
    path = Path(name)
    try:
        if path.suffix in {".yaml", ".yml"}:
            text = path.read_text(encoding="utf-8")
        else:
            text = (files("harness.exchange") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
        return Mapping.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"--mapping {name}: neither a readable YAML file nor a preset. Presets: {', '.join(presets())}."
        raise UsageError(msg) from error
    except yaml.YAMLError as error:
        msg = f"--mapping {name}: not YAML: {error}"
        raise UsageError(msg) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        msg = f"--mapping {name}: {where}: {first['msg'].lower()}. Known: {', '.join(Mapping.model_fields)}."
        raise UsageError(msg) from error


def mapped(row: Pairs[str, Any], how: Mapping, *, model: str, found: Imported) -> tuple[dict[str, Any], str]:
    """Return the entry of a case and the name that its id is made of; what has no place is counted in `found`."""
    entry: dict[str, Any] = {
        "query": how.ask or first(row, how.query),
        "contexts": many(row, how.contexts),
        "instructions": first(row, how.instructions),
        "references": list(dict.fromkeys(many(row, how.references))),
        "group": first(row, how.group),
        "tags": many(row, how.tags),
    }
    answerable = _value(row, how.answerable)
    if answerable in _ANSWERABLE or isinstance(answerable, bool):
        entry["answerable"] = ("yes" if answerable else "no") if isinstance(answerable, bool) else answerable
    said = first(row, how.answer)
    if said:
        labels = _labels(row, how, said, found)
        entry["answers"] = [{"model": first(row, how.model) or model, "text": said, **labels}]
    used = set(_columns(how))
    for column, value in row.items():
        if column not in used:
            found.leave(f"column {column!r}", value)
    return entry, first(row, how.id)


def _labels(row: Pairs[str, Any], how: Mapping, said: str, found: Imported) -> dict[str, Any]:
    faithful = _value(row, how.faithful)
    labels: dict[str, Any] = {}
    if _hashable(faithful) and faithful in _TRUTHS:
        labels["faithful"] = _TRUTHS[faithful]
    marked = [] if how.spans is None else [one for value in at(row, how.spans.path) for one in _items(_opened(value))]
    spans = [] if how.spans is None else _spans(marked, how.spans, said, found)
    if spans:
        labels |= {"faithful": False, "spans": spans}
    elif how.spans is not None and how.faithful is None and not marked:
        labels["faithful"] = True
    return {"labels": labels} if labels else {}


def _spans(marked: Iterable[Any], how: Spans, said: str, found: Imported) -> list[dict[str, str]]:
    spans: list[dict[str, str]] = []
    for item in marked:
        kinds = [str(kind) for kind in at(item, how.label)]
        named = [how.labels[kind] for kind in reversed(kinds) if kind in how.labels]
        start, end = at(item, how.start)[:1], at(item, how.end)[:1]
        inside = len(start) == len(end) == 1 and isinstance(start[0], int) and isinstance(end[0], int)
        quote = said[start[0] : end[0]] if inside else ""
        if not named or named[0] not in _LABELS or not quote.strip():
            found.left[f"a span labelled {', '.join(kinds) or 'nothing'}" + ("" if quote.strip() else ", no text")] += 1
        elif (span := {"quote": quote, "label": named[0]}) not in spans:
            spans.append(span)
    return spans


def at(value: Any, path: str) -> list[Any]:  # noqa: ANN401 - a row of whatever a data set holds
    """Return everything at a path, lists walked through.

    >>> at({"a": [{"b": "x"}, {"b": ["y", "z"]}]}, "a.b")
    ['x', 'y', 'z']
    """
    level = [value]
    for step in path.split("."):
        level = [one[step] for one in map(_opened, level) if isinstance(one, dict) and step in one]
        level = [item for one in level for item in _items(one)]
    return level


def _items(value: Any) -> list[Any]:  # noqa: ANN401 - as above
    return [item for one in value for item in _items(one)] if isinstance(value, (list, tuple)) else [value]


def _opened(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


def many(row: Pairs[str, Any], paths: str | list[str]) -> list[str]:
    """Return the texts at the paths, in order, without what is empty."""
    named = [paths] if isinstance(paths, str) else paths
    return [_text(value) for path in named for value in at(row, path) if value not in (None, "")]


def first(row: Pairs[str, Any], paths: str | list[str] | None) -> str:
    """Return the first text at the paths, empty if there is none."""
    return next(iter(many(row, paths or [])), "")


def _value(row: Pairs[str, Any], how: Choice | str | None) -> object:
    if how is None:
        return None
    return how.chosen(row) if isinstance(how, Choice) else next(iter(at(row, how)), None)


def _columns(how: Mapping) -> list[str]:
    named: list[str] = [*how.ignore]
    for value in (how.query, how.contexts, how.id, how.references, how.instructions, how.group, how.tags, how.answer):
        named += [value] if isinstance(value, str) else value or []
    named += [
        value if isinstance(value, str) else value.path for value in (how.model, how.answerable, how.faithful) if value
    ]
    named += [how.spans.path] if how.spans else []
    return [path.partition(".")[0] for path in named]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _hashable(value: object) -> bool:
    return isinstance(value, (str, bool, int))
