"""Make mutants: a supported sentence with one change after which the contexts support it no longer.

A change is kept only if it is real. What is put in must not make the sentence say what another sentence of the contexts
says, a number is never swapped for an equal one, and a name never for one that stands in the same sentence.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.align import analyse, words
from harness.records import Passage
from harness.studies.mutation import names, quantities, wording
from harness.studies.mutation.swap import MutantKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.align import Source, Unit, Word
    from harness.studies.mutation.swap import Swap

__all__ = ["KINDS", "Mutant", "MutantKind", "held", "mutants"]

KINDS: Final[tuple[MutantKind, ...]] = (
    "number", "ordinal", "date", "unit", "name", "negation", "quantifier", "comparison", "insertion", "invention",
)  # fmt: skip
_ADDING: Final = frozenset({"insertion", "invention"})
_REWORDING: Final = frozenset({"negation", "quantifier", "comparison"})
_HALF: Final = 0.5


class Mutant(NamedTuple):
    """A sentence that is no longer supported: `text[start:end]` stands where `was` stood."""

    kind: MutantKind
    text: str
    start: int
    end: int
    was: str


def held(sentence: str, contexts: Sequence[str]) -> bool:
    """Say whether one sentence of the contexts holds all content words of `sentence`.

    >>> held("The pump starts at nine.", ["Every day the pump starts at nine."])
    True
    >>> held("The pump starts at ten.", ["Every day the pump starts at nine."])
    False
    """
    source = _source(tuple(contexts))
    content = [word for word in words(sentence) if not word.stop]
    return bool(content) and any(all(_in(word, unit) for word in content) for unit in _candidates(source, content))


def mutants(sentence: str, contexts: Sequence[str], seed: int = 0) -> Iterator[Mutant]:
    """Yield mutants of a supported sentence, kind by kind in the order of `KINDS`; the same seed yields the same.

    Nothing is yielded for a sentence that the contexts do not hold (see `held`).

    >>> [mutant.kind for mutant in mutants("The pump must run for 12 hours.", ["The pump must run for 12 hours."])]
    ['number', 'unit', 'negation', 'insertion', 'invention']
    """
    if not held(sentence, contexts):
        return
    source = _source(tuple(contexts))
    chosen = random.Random(f"{seed}\n{sentence}")  # noqa: S311 - mutants are no secret
    for swap in _swaps(sentence, source, chosen):
        text = sentence[: swap.start] + swap.new + sentence[swap.end :]
        if _real(sentence, text, swap, source):
            yield Mutant(swap.kind, text, swap.start, swap.start + len(swap.new), sentence[swap.start : swap.end])


def _swaps(sentence: str, source: Source, chosen: random.Random) -> Iterator[Swap]:
    yield from quantities.numbers(sentence, chosen)
    yield from quantities.ordinals(sentence, chosen)
    yield from quantities.dates(sentence, chosen)
    yield from quantities.units(sentence, chosen)
    yield from names.names(sentence, _others(sentence, source), chosen)
    yield from wording.negations(sentence, chosen)
    yield from wording.quantifiers(sentence, chosen)
    yield from wording.comparisons(sentence, chosen)
    yield from wording.insertions(sentence, chosen)
    yield from wording.inventions(sentence, chosen)


@lru_cache(maxsize=32)
def _source(contexts: tuple[str, ...]) -> Source:
    return analyse(tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(contexts, start=1)))


def _candidates(source: Source, content: Sequence[Word]) -> list[Unit]:
    """Return the units that hold the rarest of the words."""
    postings = [sorted({u for key in _forms(word) for u in source.postings[key]}) for word in content]
    return [source.units[u] for u in min(postings, key=len)]


def _in(word: Word, unit: Unit) -> bool:
    return any(key in other.keys for other in unit.words for key in _forms(word))


def _forms(word: Word) -> tuple[str, ...]:
    """Return a word's keys; of a date, which may be found by its year alone, only the whole."""
    return word.keys if word.quantity is None else word.keys[:1]


def _others(sentence: str, source: Source) -> list[str]:
    """Return names of the contexts that share no word with the sentence and stand in no sentence that holds it."""
    content = [word for word in words(sentence) if not word.stop]
    own = {word.lower() for word in sentence.replace(".", " ").replace(",", " ").split()}
    found: list[str] = []
    for unit in source.units:
        if all(_in(word, unit) for word in content):
            continue
        text = source.passages[unit.passage].text[unit.start : unit.end]
        inside = (match.group() for match in names.NAMED.finditer(text, 1))
        found.extend(name for name in inside if names.is_name(name) and not own.intersection(name.lower().split()))
    return sorted(set(found))


def _real(sentence: str, text: str, swap: Swap, source: Source) -> bool:
    """Say whether the change changes what is said, and to something that the contexts do not say elsewhere."""
    if text == sentence or (swap.kind not in _ADDING and sentence[swap.start : swap.end].lower() == swap.new.lower()):
        return False
    if swap.kind in _REWORDING:
        return True
    end = swap.start + len(swap.new)
    new = [word for word in words(text) if word.start < end and swap.start < word.end and not word.stop]
    before = {key for word in words(sentence) for key in word.keys}
    if not new or all(before.intersection(_forms(word)) for word in new):
        return False
    rest = [word for word in words(text) if not word.stop and word not in new]
    return not any(
        all(_in(word, unit) for word in new) and sum(_in(word, unit) for word in rest) > _HALF * len(rest)
        for unit in _candidates(source, new)
    )
