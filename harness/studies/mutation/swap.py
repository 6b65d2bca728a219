"""One replacement in a sentence."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["MutantKind", "Swap"]

MutantKind: TypeAlias = Literal[
    "number", "ordinal", "date", "unit", "name", "negation", "quantifier", "comparison", "insertion", "invention"
]


class Swap(NamedTuple):
    """Put `new` in the place of `sentence[start:end]`."""

    kind: MutantKind
    start: int
    end: int
    new: str
