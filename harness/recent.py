"""Remember what was made last, up to a total size: a number of entries says little where they differ a hundredfold."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Recent"]

_Key = TypeVar("_Key", bound="Hashable")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The values used last, of at most `most` together in the unit of `size`; the very last is always there.

    >>> kept = Recent[str, str](most=5, size=len)
    >>> for word in ("one", "two", "three"):
    ...     _ = kept.put(word, word)
    >>> kept.get("two"), kept.get("three")
    (None, 'three')
    """

    def __init__(self, *, most: int, size: Callable[[_Value], int]) -> None:
        """Take the total size to keep, and how to measure a value."""
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._most, self._size, self._total = most, size, 0
        self._lock = Lock()

    def get(self, key: _Key) -> _Value | None:
        """Return the value of a key, None if it is not there or no longer."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: _Key, value: _Value) -> _Value:
        """Remember a value, let go of those used longest ago, and return the value."""
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self._total += self._size(value)
            while self._total > self._most and len(self._values) > 1:
                self._total -= self._size(self._values.popitem(last=False)[1])
        return value
