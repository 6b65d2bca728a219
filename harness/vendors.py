"""Named candidates: `[tool.harness.candidates.NAME]` tables and vendors files become Specs, limits and prices.

A vendors file is YAML: `vendors: {NAME: {model: …, base_url: …, key: ${VARIABLE}, …}}`. Secrets are named, never
written: `${VARIABLE}` stands for a key or a header's value, and is read only when the endpoint is asked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from harness.chat import Price, read_price
from harness.errors import UsageError
from harness.records import Spec
from harness.registry import parse

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Vendors", "read_candidates", "read_vendors"]

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LIMITS: Final = ("concurrency", "requests_per_minute", "tokens_per_minute")
_STANDARD: Final = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Specs by name, limits by base URL, prices by base URL and model."""

    specs: Mapping[str, Spec] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    prices: Mapping[tuple[str, str] | str, Price] = field(default_factory=dict)

    def merged(self, other: Vendors) -> Vendors:
        """Return both; where both name one, the other's."""
        return Vendors(
            specs={**self.specs, **other.specs},
            limits={**self.limits, **other.limits},
            prices={**self.prices, **other.prices},
        )


def read_vendors(path: Path) -> Vendors:
    """Read a vendors file: `vendors`, and `defaults` that hold for all of them.

    Raises:
        UsageError: it cannot be read, or an entry does not fit, named with its place.
    """
    import yaml  # noqa: PLC0415 - only when there is such a file

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path}: the vendors cannot be read: {error}"
        raise UsageError(msg) from error
    if not isinstance(data, Mapping) or not set(data) <= {"vendors", "defaults"} or not data.get("vendors"):
        msg = f"{path}: must have 'vendors', a table of candidates by name, and may have 'defaults'"
        raise UsageError(msg)
    return read_candidates(data["vendors"], str(path), defaults=data.get("defaults") or {})


def read_candidates(table: object, place: str, *, defaults: Mapping[str, Any] | None = None) -> Vendors:
    """Read a table of candidates by name: `use` (or `model`), options, `parameters`, `headers`, `limits`, `price`.

    Raises:
        UsageError: an entry does not fit, named with its place.
    """
    if not isinstance(table, Mapping):
        msg = f"{place}: must be a table of tables, one a candidate"
        raise UsageError(msg)
    specs: dict[str, Spec] = {}
    limits: dict[str, Mapping[str, int]] = {}
    prices: dict[tuple[str, str] | str, Price] = {}
    for name, entry in table.items():
        where = f"{place}: candidate {name!r}"
        if not isinstance(entry, Mapping):
            msg = f"{where} must be a table"
            raise UsageError(msg)
        options = {**(defaults or {}), **entry}
        asked, price = options.pop("limits", None), options.pop("price", None)
        spec = _spec(options, where)
        base_url = str(spec.options.get("base_url", _STANDARD))
        if asked is not None:
            limits[base_url] = _limits(asked, where)
        if price is not None:
            prices[base_url, spec.target or ""] = read_price(price, where)
        specs[str(name)] = spec
    return Vendors(specs=specs, limits=limits, prices=prices)


def _spec(options: dict[str, Any], where: str) -> Spec:
    use = options.pop("use", None)
    model = options.pop("model", None)
    if use is None and isinstance(model, str):
        spec = Spec(name="openai", target=model)
    elif isinstance(use, str) and model is None:
        spec = parse(use)
    else:
        msg = f'{where} needs use = "openai:MODEL" (or another answerer), or model = "MODEL"'
        raise UsageError(msg)
    parameters = options.pop("parameters", None) or {}
    if not isinstance(parameters, Mapping):
        msg = f"{where}: 'parameters' must be a table"
        raise UsageError(msg)
    options |= _secrets(options, where)
    return dataclasses.replace(spec, options={**spec.options, **options, **parameters})


def _secrets(options: dict[str, Any], where: str) -> dict[str, Any]:
    """Turn `key: ${VARIABLE}` and `headers: {NAME: ${VARIABLE}}` into the options that name variables."""
    found: dict[str, Any] = {}
    key = options.pop("key", None)
    if key is not None:
        found["key_env"] = _variable(key, f"{where}: 'key'")
    headers = options.pop("headers", None)
    if headers is not None:
        if not isinstance(headers, Mapping):
            msg = f"{where}: 'headers' must be a table of ${{VARIABLE}} by header"
            raise UsageError(msg)
        pairs = [f"{header}={_variable(value, f'{where}: header {header!r}')}" for header, value in headers.items()]
        found["headers_env"] = pairs
    for name, value in options.items():
        if isinstance(value, str) and _VARIABLE.search(value):
            msg = f"{where}: {name!r} holds ${{…}}, which stands for secrets alone (key, headers). Write it out."
            raise UsageError(msg)
    return found


def _variable(value: object, where: str) -> str:
    match = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        msg = f"{where} must name a variable as ${{VARIABLE}}; a secret never stands in a file"
        raise UsageError(msg)
    return match[1]


def _limits(asked: object, where: str) -> Mapping[str, int]:
    if not isinstance(asked, Mapping) or not set(asked) <= set(_LIMITS):
        msg = f"{where}: 'limits' may have {', '.join(_LIMITS)}, not {asked!r}"
        raise UsageError(msg)
    for name, value in asked.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            msg = f"{where}: {name} must be a whole number of at least 1, not {value!r}"
            raise UsageError(msg)
    return dict(asked)
