"""An index of passages: which units hold a word, and which words stand beside one another.

Words are numbered, and a word and its unit, or a word and its neighbours, packed into one number each. Sorted arrays of
these cost a fifth of dictionaries and sets, in time to build and in memory; they are searched by halving.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.text.words import STOP_NORMS, Lexeme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["GAP", "MIN_PREFIXED", "PREFIX", "Neighbours", "Postings", "indexed"]

PREFIX: Final = 5
"""A word that stands nowhere is held, inexactly, by units that have a word with so many first letters in common …"""
MIN_PREFIXED: Final = 6
"""… if both are at least so long."""
_NEAR: Final = 3
_BITS: Final = 21
"""Two or three of the numbers of words make one number of 63 bits; the words of a longer source are not told apart."""
_GAP: Final = Lexeme(("",), False, False, False, False, 0.0, "", False, "char")  # noqa: FBT003 - as a tuple is built
GAP: Final = (_GAP,) * _NEAR
"""What stands between two passages: words of two are no neighbours."""
_NORM, _KEYS, _STOP = (itemgetter(Lexeme._fields.index(name)) for name in ("norm", "keys", "stop"))


class Postings:
    """From keys to the numbers of the units that hold them, in order."""

    __slots__ = ("_bounds", "_held", "_numbers", "_sorted")

    def __init__(self, numbers: dict[str, int], held: list[int], bounds: list[int]) -> None:
        """Take the keys' numbers; key n is held by the units `held[bounds[n]:bounds[n + 1]]`."""
        self._numbers, self._held, self._bounds = numbers, held, bounds
        self._sorted: list[str] | None = None

    def __contains__(self, key: str) -> bool:
        """Say whether any unit holds the key."""
        return key in self._numbers

    def __getitem__(self, key: str) -> Sequence[int]:
        """Return the units that hold the key, none if it stands nowhere."""
        return self.of(self._numbers.get(key, -1))

    def numbered(self, keys: Iterable[str]) -> list[int]:
        """Return the keys' numbers, -1 for one that stands nowhere."""
        known = self._numbers.get
        return [known(key, -1) for key in keys]

    def of(self, number: int) -> Sequence[int]:
        """Return the units that hold the key with a number, none for -1."""
        return self._held[self._bounds[number] : self._bounds[number + 1]] if number >= 0 else ()

    def akin(self, key: str) -> Sequence[int]:
        """Return the units that hold a content word, not a quantity, with the same first letters as the key."""
        if len(key) < MIN_PREFIXED:
            return ()
        if self._sorted is None:
            self._sorted = sorted(self._numbers)
        units: set[int] = set()
        first = key[:PREFIX]
        for other in islice(self._sorted, bisect_left(self._sorted, first), None):
            if not other.startswith(first):
                break
            if len(other) >= MIN_PREFIXED and other[0] != "#" and other not in STOP_NORMS:
                units.update(self[other])
        return sorted(units)


class Neighbours:
    """Which words stand beside one another: twos and threes of all words, and content words at most 3 apart."""

    __slots__ = ("_near", "_threes", "_twos")

    def __init__(self, every: NDArray[np.int64], content: NDArray[np.int64]) -> None:
        """Take the numbers of all words in order, and those of the content words; -1 is a gap."""
        self._twos, self._threes = _packed(every, 1), _packed(every, 1, 2)
        self._near = np.concatenate([_packed(content, step) for step in range(1, _NEAR + 1)])
        for known in (self._twos, self._threes, self._near):
            known.sort()

    def follow(self, words: Sequence[int]) -> tuple[list[bool], list[bool]]:
        """Say for each word, by number, whether the next one, and whether the next two, follow it somewhere."""
        found = np.array(words, np.int64)
        return _among(self._twos, _packed(found, 1)).tolist(), _among(self._threes, _packed(found, 1, 2)).tolist()

    def beside(self, content: Sequence[int]) -> tuple[list[bool], list[bool], list[bool]]:
        """Say for each content word whether the next one is near it somewhere, and whether only on the wrong side.

        The third list says whether it is near the next but one.
        """
        found = np.array(content, np.int64)
        pairs = ((found[:-1], found[1:]), (found[1:], found[:-1]), (found[:-2], found[2:]), (found[2:], found[:-2]))
        said = _among(self._near, np.concatenate([left << _BITS | right for left, right in pairs]))
        ahead, behind = said[: 2 * len(pairs[0][0])].reshape(2, -1)
        far = said[2 * len(pairs[0][0]) :].reshape(2, -1)
        return (ahead | behind).tolist(), (behind & ~ahead).tolist(), (far[0] | far[1]).tolist()


def indexed(told: Sequence[Lexeme], holders: Sequence[tuple[int, int]]) -> tuple[Postings, Neighbours]:
    """Index words in order, a `GAP` after each passage; `holders` are units, and how many of the words each holds."""
    norms = [*map(_NORM, told)]
    numbers = {norm: number for number, norm in enumerate(dict.fromkeys((_GAP.norm, *norms)))}
    every = np.fromiter(map(numbers.__getitem__, norms), np.int64, len(norms))
    units, sizes = np.array(holders, np.int64).reshape(-1, 2).T
    held = units.repeat(sizes)
    more = [
        numbers.setdefault(key, len(numbers)) << _BITS | int(held[at])
        for at, keys in enumerate(map(_KEYS, told))
        if len(keys) > 1
        for key in keys[1:]
    ]
    pairs = np.concatenate([every << _BITS | held, np.array(more, np.int64)])
    pairs.sort()
    pairs = pairs[np.concatenate([pairs[:1] == pairs[:1], pairs[1:] != pairs[:-1]])]
    bounds = pairs.searchsorted(np.arange(len(numbers) + 1) << _BITS).tolist()
    del numbers[_GAP.norm]
    postings = Postings(numbers, (pairs & ((1 << _BITS) - 1)).tolist(), bounds)
    every[(every == 0) | (every >> _BITS != 0)] = -1
    content = every[~np.fromiter(map(_STOP, told), bool, len(told))]
    return postings, Neighbours(every, content)


def _packed(found: NDArray[np.int64], *steps: int) -> NDArray[np.int64]:
    """Pack each number with those that stand so many steps after it; what a gap is a part of is negative."""
    ends = [found[step:] for step in (0, *steps)]
    packed = ends[0][: len(ends[-1])]
    for end in ends[1:]:
        packed = packed << _BITS | end[: len(ends[-1])]
    return packed


def _among(known: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each number whether it is one of the `known` ones, which are sorted."""
    if not len(known):
        return np.zeros(len(asked), bool)
    said: NDArray[np.bool_] = (known.take(known.searchsorted(asked), mode="clip") == asked) & (asked >= 0)
    return said
