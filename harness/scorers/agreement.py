"""How far a text agrees with a reference, and whether it states a fact: by words and numbers, in any notation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from harness.scorers.reading import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Agreement", "agreement", "exact_match", "reference_norms", "rouge_l", "stated", "token_f1"]

_FUZZY: Final = 90.0
_MIN_ENDING: Final = 6
"""Shorter words differ by more than an ending."""
_SLACK: Final = 2
"""How many other content words may stand among those of a fact."""
_ARTICLES: Final = re.compile(r"\b(?:a|an|the)\b")
_MARKS: Final = re.compile(r"[\W_]+")
_MAX_WORDS: Final = 4000


class Agreement(NamedTuple):
    """A text against one reference, each in [0, 1]; `numbers` is None where the reference has none."""

    f1: float
    recall: float
    rouge_l: float
    exact: bool
    numbers: float | None


def agreement(text: str, reference: str) -> Agreement:
    """Compare a text with a reference.

    >>> agreement("It takes five days.", "5 days")
    Agreement(f1=0.8, recall=1.0, rouge_l=0.8, exact=False, numbers=1.0)
    """
    f1, recall = token_f1(text, reference)
    wanted = [norm for norm in reference_norms(reference) if norm[0] == "#"]
    here = [norm for norm in _norms(text) if norm[0] == "#"] if wanted else []
    held = sum(any(_same(said, norm) for said in here) for norm in wanted)
    exact = f1 == 1.0 and exact_match(text, reference)  # the same words have the same normal forms
    return Agreement(f1, recall, rouge_l(text, reference), exact, held / len(wanted) if wanted else None)


def token_f1(text: str, reference: str) -> tuple[float, float]:
    """Return F1 and recall of the reference's content words in the text, in [0, 1] (as SQuAD, with normal forms).

    >>> token_f1("It takes five days.", "5 days")
    (0.8, 1.0)
    """
    said, wanted = _norms(text), reference_norms(reference)
    if not said or not wanted:
        return (1.0, 1.0) if said == wanted else (0.0, 0.0)
    mine = Counter(said)
    same = sum(min(count, mine[norm]) for norm, count in Counter(wanted).items())
    return round(2 * same / (len(said) + len(wanted)), 6), same / len(wanted)


def rouge_l(text: str, reference: str) -> float:
    """Return ROUGE-L (Lin 2004): F1 of the longest common subsequence of content words, by `rapidfuzz`.

    >>> rouge_l("The red pump starts.", "The pump starts red.")
    0.666667
    """
    mine, theirs = _norms(text)[:_MAX_WORDS], reference_norms(reference)[:_MAX_WORDS]
    if not mine or not theirs:
        return float(mine == theirs)
    return round(2 * LCSseq.similarity(mine, theirs) / (len(mine) + len(theirs)), 6)


def exact_match(text: str, reference: str) -> bool:
    """Say whether two texts are the same but for case, marks, articles and spaces (as SQuAD).

    >>> exact_match("The Pump.", "pump")
    True
    """
    return _squad(text) == _squad(reference)


def _squad(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_ARTICLES.sub(" ", _MARKS.sub(" ", plain)).split())


@lru_cache(maxsize=4)
def _norms(text: str) -> tuple[str, ...]:
    """Return the normal forms of an answer's content words, quantities in place of the words that they cover."""
    return tuple([word.keys[0] for word in words_of(text) if not word.stop])


@lru_cache(maxsize=1024)
def reference_norms(text: str) -> tuple[str, ...]:
    """Return the same of a reference or a fact, which is held against many answers."""
    return tuple(word.keys[0] for word in words_of.__wrapped__(text) if not word.stop)


def stated(text: str, fact: str) -> bool:
    """Say whether a text states a fact: its words near each other in any order, inflection and notation aside.

    >>> stated("We tuned the hyper-parameters.", "hyperparameter tuning")
    True
    >>> stated("We tuned the pump.", "hyperparameter tuning")
    False
    >>> stated("Up to 5 days are carried over.", "five days"), stated("Up to 15 days.", "five days")
    (True, False)
    """
    wanted, said = reference_norms(fact), _norms(text)
    if not wanted:
        return fact.strip().casefold() in text.casefold()
    if len(said) >= len(wanted) and _near(_glued(said, wanted), wanted):
        return True
    if len(wanted) < 2 or any(norm.startswith("#") for norm in wanted):  # noqa: PLR2004 - one word was looked for
        return False
    joined = _MARKS.sub(" ", fact.casefold()).strip()
    return f" {joined} " in f" {_MARKS.sub(' ', text.casefold())} "


def _glued(said: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Join neighbours that the fact writes as one word: "hyper-parameters"."""
    out: list[str] = []
    at = 0
    while at < len(said):
        pair = "".join(said[at : at + 2])
        glued = at + 1 < len(said) and len(pair) >= _MIN_ENDING and any(_same(pair, norm) for norm in wanted)
        out.append(pair if glued and said[at] not in wanted else said[at])
        at += 2 if out[-1] is pair else 1
    return out


def _near(said: Sequence[str], wanted: Sequence[str]) -> bool:
    """Say whether all wanted words stand within a window that has room for a few others."""
    width = len(wanted) + (_SLACK if len(wanted) > 1 else 0)
    places = [[at for at, norm in enumerate(said) if _same(norm, one)] for one in wanted]
    if not all(places):
        return False
    for start in sorted({at for place in places for at in place}):
        inside = [next((at for at in place if start <= at < start + width), None) for place in places]
        if None not in inside and _distinct(places, start, start + width):
            return True
    return False


def _distinct(places: Sequence[Sequence[int]], start: int, end: int) -> bool:
    """Say whether each wanted word has a word of its own in the window ("red red" wants two)."""
    taken: set[int] = set()
    for place in sorted(places, key=len):
        free = next((at for at in place if start <= at < end and at not in taken), None)
        if free is None:
            return False
        taken.add(free)
    return True


@lru_cache(maxsize=65536)
def _same(said: str, wanted: str) -> bool:
    if said == wanted:
        return True
    if said.startswith("#") or wanted.startswith("#"):  # a date with its year is the date without it
        shorter, longer = sorted((said, wanted), key=len)
        return shorter.startswith("#--") and longer.endswith(shorter[2:])
    if len(wanted) == 1 and not wanted.isascii():  # the last character of a fact has no next one to pair with
        return said.startswith(wanted)
    least = min(len(said), len(wanted))
    return least >= _MIN_ENDING and (said[: least - 1] == wanted[: least - 1] or fuzz.ratio(said, wanted) >= _FUZZY)
