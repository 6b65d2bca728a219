"""Look for cyclic garbage seldom, where much is made and little of it is cyclic."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["seldom_collected"]

_THRESHOLDS: Final = (50_000, 20, 20)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles after every 50,000 new objects instead of 700, and not again at what was made before.

    Nouns have no cycles, and the search for them is a fifth of a run.

    >>> before = gc.get_threshold()
    >>> with seldom_collected():
    ...     gc.get_threshold()[0]
    50000
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
