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

from harness.chat import EndpointLimits, Prices, read_prices
from harness.errors import UsageError
from harness.records import Spec
from harness.registry import parse, written
from harness.vendors import Vendors, read_candidates, read_vendors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Settings", "load"]

DEFAULT_SCORERS: Final = (
    "groundedness",
    "hallucination",
    "word_limit",
    "refusal",
    "format",
    "correctness",
    "eligibility",
    "citations",
    "form",
)
DEFAULT_DETECTOR: Final = Spec(name="lexical")
_LISTS: Final = frozenset({"paths", "answerers", "scorers"})
_NUMBERS: Final[dict[str, type]] = {
    "trials": int, "concurrency": int, "limit": int, "seed": int, "max_failures": float, "workers": int,
    "max_cost": float, "max_calls": int, "max_time": float, "cache_days": float, "cache_megabytes": float,
}  # fmt: skip
_FROM_ZERO: Final = frozenset({"seed", "workers"}) | {k for k, kind in _NUMBERS.items() if kind is float}
_TEXTS: Final = frozenset({"detector", "gate", "output", "cache", "prices", "vendors"})
_FLAGS: Final = frozenset({"offline", "no_cache", "redact"})
_KEYS: Final = (*sorted(_LISTS), *_NUMBERS, *sorted(_TEXTS), *sorted(_FLAGS), "candidates")
_FILES: Final = ("vendors", "prices", "cache")
AUTO: Final = "auto"
DEFAULT_CONCURRENCY: Final = 8
MOST_IN_FLIGHT: Final = 512


_CONNECTION: Final = frozenset(
    {"base_url", "key_env", "headers_env", "api_version", "timeout", "total_timeout", "retries", "backoff"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a run may be told; `root` is the folder of the pyproject.toml (or the working folder).

    `candidates` have a name by `[tool.harness.candidates]` or a vendors file; `names` maps a candidate's
    spec in its written form back to it.
    `max_failures` is a share of each candidate's answers, in [0, 1]. `max_cost` is in dollars, `max_time` in seconds.
    `adaptive` says that `concurrency` is a bound below which each endpoint's own height is found. `workers` processes
    score (None: as many as pay). `limits` and `prices` are those of single endpoints and models. With `redact` no
    report holds a text of a context or an answer.
    """

    root: Path
    paths: tuple[str, ...] = ("cases",)
    answerers: tuple[Spec, ...] = (Spec(name="recorded"), Spec(name="extractive"))
    detector: Spec = DEFAULT_DETECTOR
    scorers: tuple[Spec, ...] = tuple(Spec(name=name) for name in DEFAULT_SCORERS)
    trials: int = 1
    concurrency: int = DEFAULT_CONCURRENCY
    limit: int | None = None
    seed: int = 0
    max_failures: float = 0.05
    gate: str | None = None
    output: str | None = None
    redact: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    candidates: Mapping[str, Spec] = field(default_factory=dict)
    adaptive: bool = False
    workers: int | None = None
    max_cost: float | None = None
    max_calls: int | None = None
    max_time: float | None = None
    cache: str | None = None
    no_cache: bool = False
    cache_days: float | None = None
    cache_megabytes: float | None = None
    offline: bool = False
    limits: Mapping[str, EndpointLimits] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)


def load(flags: Mapping[str, object] | None = None, *, start: Path | None = None) -> Settings:
    """Return the settings for a working folder; flags that are None or empty were not given.

    Raises:
        UsageError: an unknown key, or a value that does not fit, named with its place.
    """
    start = (start or Path.cwd()).resolve()
    flags = {key: value for key, value in (flags or {}).items() if not (value is None or value is False or value == ())}
    root, table, place = _table(start)
    table |= {key: str(root / str(table[key])) for key in _FILES if key in table}
    sources = ((place, table), ("the environment", _environment()), ("the command line", flags))
    vendors = read_candidates(table.pop("candidates", {}), place)
    files = [str(values["vendors"]) for _, values in sources if "vendors" in values]
    if files:
        named = read_vendors(Path(files[-1]))
        vendors = vendors.merged(named)
        if "vendors" in flags:
            flags.setdefault("answerers", tuple(named.specs))
    given: dict[str, Any] = {}
    for source, values in sources:
        for key, value in values.items():
            given[key] = _value(key, value, source, vendors.specs)
    if table.get("paths") and not flags.get("paths"):
        given["paths"] = tuple(str(root / path) for path in _texts(given["paths"]))
    given.pop("vendors", None)
    names = {written(spec): name for name, spec in vendors.specs.items()}
    settings = Settings(root=root, names=names, candidates=vendors.specs)
    return dataclasses.replace(settings, **given | _spending(given, vendors))


def _spending(given: Mapping[str, Any], vendors: Vendors) -> dict[str, Any]:
    """Return what is made of several settings: how many requests in flight, limits, prices."""
    prices = read_prices(given["prices"]) if "prices" in given else Prices()
    adaptive = given.get("concurrency") == AUTO
    concurrency = MOST_IN_FLIGHT if adaptive else given.get("concurrency", DEFAULT_CONCURRENCY)
    whole = EndpointLimits(concurrency=concurrency, adaptive=adaptive)
    return {
        "concurrency": concurrency,
        "adaptive": adaptive,
        "prices": dataclasses.replace(prices, models={**prices.models, **vendors.prices}),
        "limits": {
            base_url: dataclasses.replace(whole, adaptive=adaptive and "concurrency" not in asked, **asked)
            for base_url, asked in vendors.limits.items()
        },
    }


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


def _environment() -> dict[str, str]:
    keys = (*_LISTS, *_NUMBERS, *_TEXTS, *_FLAGS)
    return {key: value for key in keys if (value := os.environ.get(f"HARNESS_{key.upper()}"))}


def _value(key: str, value: object, source: str, candidates: Mapping[str, Spec]) -> object:
    if key in _LISTS:
        texts = _texts(value)
        if key == "paths":
            return texts
        return tuple(candidates.get(text) or parse(text) for text in texts)
    if key == "concurrency" and value == AUTO:
        return AUTO
    if key in _NUMBERS:
        return _number(key, value, source)
    if key in _FLAGS:
        return _switch(key, value, source)
    if key == "detector":
        return _with_vendor(parse(str(value)), candidates)
    return str(value)


def _with_vendor(detector: Spec, candidates: Mapping[str, Spec]) -> Spec:
    """Return `judge:NAME`, alone or in a cascade, with the model and the connection of the candidate of that name.

    What the candidate is asked with (prompt, temperature, …) is not the judge's.
    """
    before, said, name = (detector.target or "").rpartition("judge:")
    vendor = candidates.get(name)
    if detector.name not in {"judge", "cascade"} or vendor is None or vendor.name != "openai":
        return detector
    connection = {key: value for key, value in vendor.options.items() if key in _CONNECTION}
    target = f"{before}{said}{vendor.target or ''}"
    return dataclasses.replace(detector, target=target, options={**connection, **detector.options})


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
    least = 0 if key in _FROM_ZERO else 1
    if number < least:
        msg = f"{source}: {key} must be at least {least}, not {value!r}"
        raise UsageError(msg)
    return number
