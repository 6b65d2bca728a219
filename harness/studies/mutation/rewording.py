"""Reword a sentence a little so that whatever supported it still does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["reworded"]

_LEADING: Final = re.compile(
    r"(?:However|Therefore|Moreover|Furthermore|In addition|For example|For instance|As a result|Finally|Also|"
    r"(?:In|On|At|During|Since|By|After|Before|Today|According to) [^,.;:]{2,60}), (?=[\w\"“])"
)
_SECOND: Final = re.compile(r"(?:; |, (?:and|but|so|which) )")
_FIRST_WORDS: Final = 5
_DEPENDENT: Final = re.compile(
    r"\W*(?:if|when|unless|because|although|while|since|as|after|before|once|until|either|neither|both|not only)\b",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"(?<=[a-z] )([a-z]+), ([a-z]+),? (and|or) ([a-z]+)(?=[.;]| (?:is|are|was|were|must|can)\b)")


def reworded(sentence: str) -> Iterator[str]:
    """Yield forms of the sentence that say no more than it does.

    Without its leading adverbial; only the first of two clauses; with a list in another order.

    >>> list(reworded("In 2019, the town opened a pool, a park and a library."))
    ['The town opened a pool, a park and a library.']
    >>> list(reworded("The old pump must be cleaned and dried, and it is tested again."))
    ['The old pump must be cleaned and dried.']
    >>> list(reworded("Bring towels, soap and slippers."))
    ['Bring soap, towels and slippers.']
    """
    leading = _LEADING.match(sentence)
    if leading:
        rest = sentence[leading.end() :]
        yield rest[:1].upper() + rest[1:]
    second = None if leading or _DEPENDENT.match(sentence) else _SECOND.search(sentence)
    if second and len(sentence[: second.start()].split()) >= _FIRST_WORDS:
        rest = sentence[second.end() :]
        if len(rest.split()) > 2 and "," not in sentence[: second.start()]:  # noqa: PLR2004 - else the end of a list
            yield sentence[: second.start()] + "."
    listed = None if leading or "respectively" in sentence else _LIST.search(sentence)
    if listed and "," not in sentence[: listed.start()]:
        a, b, word, c = listed.groups()
        yield f"{sentence[: listed.start()]}{b}, {a} {word} {c}{sentence[listed.end() :]}"
