"""`[tool.harness]` in pyproject.toml, the environment and the flags become one `Settings`.

One precedence rule: flag > environment variable (`HARNESS_…`) > `[tool.harness]` > built-in default.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError
from harness.records import Spec
from harness.registry import parse, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Settings", "load"]

DEFAULT_SCORERS: Final = ("groundedness", "hallucination", "word_limit", "refusal", "format", "correctness")
DEFAULT_DETECTOR: Final = Spec(name="lexical")
_LISTS: Final = frozenset({"paths", "answerers", "scorers"})
_NUMBERS: Final[dict[str, type]] = {"trials": int, "concurrency": int, "limit": int, "seed": int, "max_failures": float}
_TEXTS: Final = frozenset({"detector", "gate", "output"})
_SWITCHES: Final = frozenset({"redact"})
_KEYS: Final = (*sorted(_LISTS), *_NUMBERS, *sorted(_TEXTS), *sorted(_SWITCHES), "candidates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a run may be told; `root` is the folder of the pyproject.toml (or the working folder).

    `names` maps a candidate's spec in its written form to the name it was given under `[tool.harness.candidates]`.
    `max_failures` is a share of each candidate's answers, in [0, 1]. With `redact` no report holds a text of a context
    or an answer.
    """

    root: Path
    paths: tuple[str, ...] = ("cases",)
    answerers: tuple[Spec, ...] = (Spec(name="recorded"), Spec(name="extractive"))
    detector: Spec = DEFAULT_DETECTOR
    scorers: tuple[Spec, ...] = tuple(Spec(name=name) for name in DEFAULT_SCORERS)
    trials: int = 1
    concurrency: int = 8
    limit: int | None = None
    seed: int = 0
    max_failures: float = 0.05
    gate: str | None = None
    output: str | None = None
    redact: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def load(flags: Mapping[str, object] | None = None, *, start: Path | None = None) -> Settings:
    """Return the settings for a working folder; flags that are None or empty were not given.

    Raises:
        UsageError: an unknown key, or a value that does not fit, named with its place.
    """
    start = (start or Path.cwd()).resolve()
    root, table, place = _table(start)
    candidates = _candidates(table.pop("candidates", {}), place)
    given: dict[str, object] = {}
    for source, values in ((place, table), ("the environment", _environment()), ("the command line", flags or {})):
        for key, value in values.items():
            if value is None or value == ():
                continue
            given[key] = _value(key, value, source, candidates)
    names = {written(spec): name for name, spec in candidates.items()}
    if table.get("paths") and not (flags or {}).get("paths"):
        given["paths"] = tuple(str(root / path) for path in _texts(given["paths"]))
    return dataclasses.replace(Settings(root=root, names=names), **given)  # type: ignore[arg-type]


def _table(start: Path) -> tuple[Path, dict[str, Any], str]:
    """Return the nearest pyproject.toml upwards that has a `[tool.harness]` table."""
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if not path.is_file():
            continue
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("harness")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            msg = f"{path}: not readable as TOML: {error}"
            raise UsageError(msg) from error
        if isinstance(table, dict):
            _check_keys(table, f"{path} [tool.harness]")
            return folder, dict(table), f"{path} [tool.harness]"
    return start, {}, "pyproject.toml"


def _check_keys(table: Mapping[str, object], place: str) -> None:
    for key in table:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            msg = f"{place}: unknown key {key!r}.{hint} Known: {', '.join(_KEYS)}."
            raise UsageError(msg)


def _candidates(table: object, place: str) -> dict[str, Spec]:
    """Read `[tool.harness.candidates.NAME]`: `use = "openai:MODEL"` and options beside it."""
    if not isinstance(table, dict):
        msg = f"{place}: 'candidates' must be a table of tables, one a candidate"
        raise UsageError(msg)
    found: dict[str, Spec] = {}
    for name, entry in table.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("use"), str):
            msg = f'{place}: candidate {name!r} needs use = "openai:MODEL" (or another answerer)'
            raise UsageError(msg)
        spec = parse(entry["use"])
        options = {key: value for key, value in entry.items() if key != "use"}
        found[name] = dataclasses.replace(spec, options={**spec.options, **options})
    return found


def _environment() -> dict[str, str]:
    keys = (*_LISTS, *_NUMBERS, *_TEXTS, *_SWITCHES)
    return {key: value for key in keys if (value := os.environ.get(f"HARNESS_{key.upper()}"))}


def _value(key: str, value: object, source: str, candidates: Mapping[str, Spec]) -> object:
    if key in _LISTS:
        texts = _texts(value)
        if key == "paths":
            return texts
        return tuple(candidates.get(text) or parse(text) for text in texts)
    if key in _NUMBERS:
        return _number(key, value, source)
    if key in _SWITCHES:
        return _switch(key, value, source)
    if key == "detector":
        return parse(str(value))
    return str(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split() if part)
    items: Iterable[object] = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(str(item) for item in items)


def _switch(key: str, value: object, source: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = value if isinstance(value, bool) else known.get(str(value).lower())
    if found is None:
        msg = f"{source}: {key} must be true or false, not {value!r}"
        raise UsageError(msg)
    return found


def _number(key: str, value: object, source: str) -> int | float:
    kind = _NUMBERS[key]
    try:
        number: int | float = kind(value)
    except (TypeError, ValueError) as error:
        msg = f"{source}: {key} must be a number, not {value!r}"
        raise UsageError(msg) from error
    least = 0 if key in {"seed", "max_failures"} else 1
    if number < least:
        msg = f"{source}: {key} must be at least {least}, not {value!r}"
        raise UsageError(msg)
    return number
