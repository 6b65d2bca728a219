"""Align a sentence of the answer with the passage sentences that support it: the evidence, with offsets.

Passages are analysed once (`analyse`) into units (their sentences) with an inverted index from items to units. An item
is a word or a quantity in its normal form. `align` then scores a sentence's items against the units by weighted
coverage, joins up to `MAX_JOINED` units greedily, and says for every item where it was found. The cost is that of the
postings touched: linear in the words of answer and contexts, not in their product.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from harness.records import Evidence
from harness.text.numbers import Quantity, quantities
from harness.text.sentences import segments
from harness.text.words import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.records import Passage

__all__ = ["Alignment", "Item", "Place", "Source", "Unit", "align", "analyse", "items"]

MAX_JOINED: Final = 3
_PREFIX: Final = 6
_COMMON: Final = 0.25
"""Postings longer than this share of all units (and than 50) carry no evidence of their own and are passed over."""

Place: TypeAlias = Literal["evidence", "context", "query", "nowhere"]


@dataclass(frozen=True, slots=True)
class Item:
    """A content word or a quantity of a sentence; `keys` are the normal forms under which it may be found."""

    start: int
    end: int
    keys: tuple[str, ...]
    name: bool
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of a passage: `passages[passage].text[start:end]`."""

    passage: int
    start: int
    end: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Passages, analysed."""

    passages: tuple[Passage, ...]
    units: tuple[Unit, ...]
    postings: dict[str, list[int]] = field(repr=False)

    def weight(self, keys: Iterable[str]) -> float:
        """Return the inverse unit frequency of an item: log(1 + units / (1 + units that hold it)), natural."""
        held = max((len(self.postings.get(key, ())) for key in keys), default=0)
        return math.log(1 + (len(self.units) + 1) / (1 + held))


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a sentence's items stand: `places[i]` of item i, the units that were joined, and the share they cover."""

    places: tuple[Place, ...]
    weights: tuple[float, ...]
    units: tuple[int, ...]
    coverage: float
    """Weighted share of the items that the joined units hold, in [0, 1]; items of the query alone do not count."""
    evidence: tuple[Evidence, ...]


def items(text: str, start: int = 0, end: int | None = None) -> tuple[Item, ...]:
    """Return the content words and quantities of `text[start:end]` in order, with offsets into `text`.

    >>> [item.keys for item in items("About 1.5 million models")]
    [('#1500000',), ('model',)]
    """
    piece = text[start:end]
    numbers = [q for q in quantities(piece) if not (q.kind == "ordinal" and piece[q.start].isalpha())]
    found = [
        Item(start + q.start, start + q.end, _quantity_keys(q), name=False, quantity=q) for q in numbers
    ]
    covered = {at for q in numbers for at in range(q.start, q.end)}
    for token in tokens(piece):
        if token.stop or token.start in covered:
            continue
        first = piece[token.start]
        keys = (token.norm, *token.parts, *_prefix(token.norm))
        found.append(Item(start + token.start, start + token.end, keys, name=first.isupper()))
    return tuple(sorted(found, key=lambda item: item.start))


def _prefix(norm: str) -> tuple[str, ...]:
    """Let "evaluation" meet "evaluate": long words are also found by their first letters."""
    return (f"{norm[:_PREFIX]}*",) if len(norm) >= _PREFIX else ()


def _quantity_keys(quantity: Quantity) -> tuple[str, ...]:
    value = quantity.value
    if quantity.kind != "date":
        return (f"#{value}",)
    year, _, rest = value.partition("-")
    return (f"#{value}", f"#--{rest}") if year else (f"#{value}",)


@lru_cache(maxsize=256)
def analyse(passages: tuple[Passage, ...]) -> Source:
    """Cut the passages into units and index their items; the last 256 sets of passages are remembered."""
    units: list[Unit] = []
    postings: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        for segment in segments(passage.text):
            unit = Unit(number, segment.start, segment.end, items(passage.text, segment.start, segment.end))
            for key in {key for item in unit.items for key in _indexed(item)}:
                postings[key].append(len(units))
            units.append(unit)
    return Source(passages, tuple(units), dict(postings))


def _indexed(item: Item) -> tuple[str, ...]:
    """Return the keys under which a passage's item is found: a date also by its year."""
    if item.quantity is not None and item.quantity.kind == "date" and item.quantity.value[0] != "-":
        return (*item.keys, f"#{item.quantity.value[:4]}")
    return item.keys


def align(source: Source, sentence: Sequence[Item], query_keys: frozenset[str] = frozenset()) -> Alignment:
    """Align one sentence's items with the source; `query_keys` are the keys of the query's items."""
    weights = tuple(source.weight(item.keys) for item in sentence)
    held = [_units_holding(source, item) for item in sentence]
    known = [bool(units) or any(key in source.postings for key in item.keys) for units, item in zip(held, sentence, strict=True)]
    chosen, covered = _join(held, weights)
    places = tuple(
        "evidence" if number in covered else "context" if inside else "query" if _asked(item, query_keys) else "nowhere"
        for number, (item, inside) in enumerate(zip(sentence, known, strict=True))
    )
    counted = [w for w, place in zip(weights, places, strict=True) if place != "query"]
    coverage = sum(weights[n] for n in covered) / sum(counted) if counted else 0.0
    evidence = tuple(_evidence(source, unit, held, weights) for unit in chosen)
    return Alignment(places, weights, chosen, min(coverage, 1.0), evidence)


def _asked(item: Item, query_keys: frozenset[str]) -> bool:
    return any(key in query_keys for key in item.keys)


def _units_holding(source: Source, item: Item) -> frozenset[int]:
    found: set[int] = set()
    for key in item.keys:
        units = source.postings.get(key, ())
        if len(units) <= max(50, _COMMON * len(source.units)):
            found.update(units)
    return frozenset(found)


def _join(held: Sequence[frozenset[int]], weights: Sequence[float]) -> tuple[tuple[int, ...], set[int]]:
    """Choose up to `MAX_JOINED` units that together cover most weight; ties go to the earlier unit."""
    gain: dict[int, float] = defaultdict(float)
    for units, weight in zip(held, weights, strict=True):
        for unit in units:
            gain[unit] += weight
    chosen: list[int] = []
    covered: set[int] = set()
    for _ in range(MAX_JOINED):
        best = max(gain, key=lambda unit: (gain[unit], -unit), default=None)
        if best is None or gain[best] <= 1e-9:  # noqa: PLR2004 - rounding of weights taken off again
            break
        chosen.append(best)
        for number, (units, weight) in enumerate(zip(held, weights, strict=True)):
            if number not in covered and best in units:
                covered.add(number)
                for unit in units:
                    gain[unit] -= weight
    return tuple(chosen), covered


def _evidence(source: Source, number: int, held: Sequence[frozenset[int]], weights: Sequence[float]) -> Evidence:
    unit = source.units[number]
    total = sum(weights)
    similarity = sum(w for units, w in zip(held, weights, strict=True) if number in units) / total if total else 0.0
    return Evidence(
        passage=source.passages[unit.passage].id,
        start=unit.start,
        end=unit.end,
        similarity=round(min(similarity, 1.0), 4),
    )
