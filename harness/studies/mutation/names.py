"""Swap a name for a plausible one that the contexts do not hold, or for another one that they hold elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.studies.mutation.swap import Swap
from harness.text.words import tokens

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

__all__ = ["NAMED", "is_name", "names"]

_PLAIN: Final = (
    "Marlow Tessin Okafor Lindqvist Carrow Brennan Dunmore Holt Varga Sorel Amadi Kestrel Norwick Pavia Ostrava Leith "
    "Quimper Tromso Galway Cadiz Meridian Halcyon Corvus Lumen Orion Veritas Calder Ashby Winslow Rostov"
).split()
_FIRST: Final = "Ingrid Tomas Leila Oscar Noor Pieter Amara Viktor Helena Ruben Sofia Emil".split()
_SHORT: Final = "KLX QRB ZTE VGN JPD WQF NXU HBK".split()
NAMED: Final = re.compile(r"\b[A-Z][\w’'&-]*(?:[ ][A-Z][\w’'&-]*)*")
_MEASURED: Final = re.compile(r"\d[\s\u00a0-]?$")
_COMMON: Final = frozenset(
    "I Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December The A An In On At It Its This That These Those He She They We You If When "
    "Mr Mrs Ms Dr Prof St No Yes Celsius Fahrenheit".split()
)


def names(sentence: str, others: Sequence[str], chosen: random.Random) -> Iterator[Swap]:
    """Yield each name inside the sentence with another in its place.

    `others` are names of the contexts that may stand in for one of the sentence's. A first word is taken for a name
    only if it is an acronym; a sentence set in title case or capitals has no names that could be told from the rest.
    """
    found = re.findall(r"[^\W\d_][\w’'-]*", sentence)
    if sum(word[0].isupper() for word in found) > len(found) / 2:
        return
    for match in NAMED.finditer(sentence):
        said, before = match.group(), sentence[: match.start()]
        inside = before.strip("\"“‘'(*_") and before.rstrip()[-1] not in ".:!?"
        acronym = said.isupper() and said.isalpha() and len(said) > 1
        once = not any(sentence.count(word) > 1 for word in said.split())
        if (inside or acronym) and once and is_name(said) and not _MEASURED.search(before):
            yield Swap("name", *match.span(), _another(said, acronym=acronym, others=others, chosen=chosen))


def is_name(said: str) -> bool:
    """Say whether it is no unit, day, month, initial or grammar word written with a capital."""
    calendar = _COMMON.intersection(form for word in said.split() for form in (word, word.rstrip("s")))
    return len(said) > 1 and not calendar and not all(token.lexeme.stop for token in tokens(said))


def _another(said: str, *, acronym: bool, others: Sequence[str], chosen: random.Random) -> str:
    words = said.split()
    fitting = [name for name in others if len(name.split()) == len(words) and name.isupper() == said.isupper()]
    if fitting and chosen.random() < 0.5:  # noqa: PLR2004 - as often from the contexts as not
        return chosen.choice(fitting)
    if acronym:
        return chosen.choice([name for name in _SHORT if name != said])
    plain = [name for name in _PLAIN if name not in words]
    if len(words) == 1:
        return chosen.choice(plain)
    return f"{chosen.choice(_FIRST)} {chosen.choice(plain)}"
