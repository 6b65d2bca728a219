"""How rare an English word is in running text: what a rare word says is seldom said by chance.

`rarity.json` holds the common words' normal forms; `harness.studies.rarity` counts them. A word that is not there, of
whatever language, is as rare as can be.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

__all__ = ["rarity"]


def rarity(norm: str) -> float:
    """Return the rarity of a word's normal form, in [0, 1]: 0 stands in every stretch of text, 1 is not common.

    The logarithm of one over the share of stretches of text that hold the word, as a share of that of the rarest word
    listed (Sparck Jones 1972).

    >>> rarity("peopl") < rarity("piano") < rarity("hyperparameter")
    True
    """
    return _table().get(norm, 1.0)


@cache
def _table() -> dict[str, float]:
    text = files("harness.text").joinpath("rarity.json").read_text(encoding="utf-8")
    return {norm: hundredths / 100 for norm, hundredths in json.loads(text)["hundredths"].items()}
