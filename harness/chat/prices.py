"""What tokens cost: a user's dated file, and never a guess. An unknown price is unknown, not 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from harness.errors import UsageError

__all__ = ["Price", "Prices", "read_price", "read_prices"]

_MILLION: Final = 1_000_000
_KEYS: Final = ("input", "output", "batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars for a million tokens; `batch` is the share of it that a vendor's batch endpoint takes."""

    input: float
    output: float
    batch: float = 0.5

    def cost(self, prompt_tokens: int, completion_tokens: int, *, batch: bool = False) -> float:
        """Return dollars.

        >>> Price(input=1.0, output=4.0).cost(500_000, 250_000)
        1.5
        """
        whole = (prompt_tokens * self.input + completion_tokens * self.output) / _MILLION
        return whole * self.batch if batch else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices by model name, or by `(base_url, model)` where vendors of one model differ; `as_of` dates them."""

    models: Mapping[str | tuple[str, str], Price] = field(default_factory=dict)
    as_of: str | None = None

    def of(self, base_url: str, model: str) -> Price | None:
        """Return the price of a model at an endpoint, None if it is not known."""
        return self.models.get((base_url, model)) or self.models.get(model)


def read_prices(path: str | Path) -> Prices:
    """Read a file of prices: `as_of: 2026-11-01` and `models: {NAME: {input: 0.15, output: 0.6}}`.

    Raises:
        UsageError: it cannot be read, or says something else, named with its place.
    """
    import yaml  # noqa: PLC0415 - only when there is such a file

    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path}: the prices cannot be read: {error}"
        raise UsageError(msg) from error
    if not isinstance(data, Mapping) or not isinstance(data.get("models"), Mapping):
        msg = f"{path}: must have 'models', a table of prices by model name, and 'as_of', their date"
        raise UsageError(msg)
    unknown = sorted(set(map(str, data)) - {"models", "as_of"})
    as_of = data.get("as_of")
    if unknown or not isinstance(as_of, date):
        what = f"unknown key {unknown[0]!r}" if unknown else f"'as_of' must be a date such as 2026-11-01, not {as_of!r}"
        msg = f"{path}: {what}"
        raise UsageError(msg)
    models: dict[str | tuple[str, str], Price] = {
        str(name): read_price(entry, f"{path}: {name!r}") for name, entry in data["models"].items()
    }
    return Prices(models=models, as_of=as_of.isoformat())


def read_price(entry: Any, place: str) -> Price:  # noqa: ANN401 - whatever a file holds
    """Read one price: dollars for a million tokens, `{input: 0.15, output: 0.6}`.

    Raises:
        UsageError: a key is missing or unknown, or a number is none or negative.
    """
    fits = isinstance(entry, Mapping) and {"input", "output"} <= set(entry) <= set(_KEYS)
    if not fits or not all(_amount(value) for value in entry.values()):
        msg = f"{place}: a price reads {{input: 0.15, output: 0.6}} in dollars for a million tokens, not {entry!r}"
        raise UsageError(msg)
    return Price(**{key: float(value) for key, value in entry.items()})


def _amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
