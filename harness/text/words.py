"""Words with exact offsets and normal forms for matching; repairs what PDF extraction breaks, never the offsets.

A token's `norm` is case-folded, compatibility-normalised (ligatures, full-width forms), without soft hyphens and
accents on Latin letters kept, stemmed lightly if it is English-like. Han, kana, Hangul, Thai, Lao, Khmer and Burmese,
which are written without spaces or glue particles on, are cut into characters whose norm is the character bigram.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from harness.text.stopwords import STOPWORDS

__all__ = ["Token", "content", "stem", "tokens"]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0002fa1f"
)
_LETTER = rf"[^\W{_UNSPACED}_]"
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0951-\u0957"
_MARKS += "\u0981-\u0983\u09bc-\u09cd\u0a3c-\u0a4d\u0abc-\u0acd\u0b3c-\u0b4d\u0bbe-\u0bcd\u0c3e-\u0c4d\u0cbc-\u0ccd"
_PART = rf"(?:{_LETTER}[{_MARKS}\u00ad]*)"
_TOKEN = re.compile(
    rf"(?P<number>\d[\d.,\u2009\u202f'’]*\d(?!{_LETTER}|\d)|\d+(?!{_LETTER}|\d))"
    rf"|(?P<broken>{_PART}+[-\u2010]\s*\n\s*(?=[^\W\d_A-Z]){_PART}+)"
    rf"|(?P<word>{_PART}+(?:['’](?:{_PART})+)?)"
    rf"|(?P<char>[{_UNSPACED}])"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_BREAK = re.compile(r"[-\u2010]\s*\n\s*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[,\u2009\u202f'’](?=\d{3}(?:\D|$))")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text: `text[start:end]`; `parts`: the halves of a broken word, the words in camelCase."""

    start: int
    end: int
    norm: str
    kind: str
    parts: tuple[str, ...] = ()

    @property
    def stop(self) -> bool:
        """Whether the word carries grammar rather than content."""
        return self.norm in _stop_norms()


def tokens(text: str) -> list[Token]:
    r"""Return the words of `text` in order.

    >>> [t.norm for t in tokens("The ﬁne-tuned models’ accu-\nracy: 1,500.5")]
    ['the', 'fin', 'tun', 'model', 'accuraci', '1500.5']
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "word"
        start, end, word = match.start(), match.end(), match.group()
        if kind == "char":
            found.append(Token(start, end, _bigram(text, start), kind))
        elif kind == "number":
            found.append(Token(start, end, _number(word), kind))
        elif kind == "broken":
            left, right = _BREAK.split(word, maxsplit=1)
            found.append(Token(start, end, stem(left + right), "word", (stem(left), stem(right))))
        else:
            humps = _HUMP.split(word) if not word.islower() else ()
            parts = tuple(stem(part) for part in humps) if len(humps) > 1 else ()
            found.append(Token(start, end, stem(word), kind, parts))
    return found


def content(found: list[Token]) -> list[Token]:
    """Return the tokens that carry content."""
    return [token for token in found if not token.stop]


def _bigram(text: str, at: int) -> str:
    following = text[at + 1 : at + 2]
    if following and _TOKEN.match(following) and not following.isascii():
        return text[at : at + 2]
    return text[at]


def _number(word: str) -> str:
    return _SEPARATORS.sub("", word)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the normal form of one word: folded, repaired, and with common English endings cut.

    >>> [stem(w) for w in ("Studies", "studied", "studying", "running", "glass", "models’")]
    ['studi', 'studi', 'studi', 'run', 'glass', 'model']
    """
    folded = unicodedata.normalize("NFKC", word).casefold().replace("\u00ad", "").replace("’", "'")
    folded = _POSSESSIVE.sub("", folded) if "'" in folded else folded
    if not folded.isascii() or len(folded) < 4:  # noqa: PLR2004 - shorter words have no ending to cut
        return folded
    return _cut(folded)


@cache
def _stop_norms() -> frozenset[str]:
    return STOPWORDS | {stem(word) for word in STOPWORDS}


def _cut(word: str) -> str:
    if word.endswith("ies"):
        word = word[:-3] + "i"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and any(c in "aeiouy" for c in base):  # noqa: PLR2004
            word = base[:-1] if base[-1] == base[-2] and base[-1] not in "lsz" else base
            break
    if word.endswith("ly") and len(word) > 5:  # noqa: PLR2004
        word = word[:-2]
    if word.endswith("e") and len(word) > 3:  # noqa: PLR2004
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word  # noqa: PLR2004
