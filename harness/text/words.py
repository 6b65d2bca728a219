"""Words with exact offsets and normal forms for matching; repairs what PDF extraction breaks, never the offsets.

A token's `norm` is case-folded, compatibility-normalised (ligatures, full-width forms), without soft hyphens and
accents on Latin letters kept, stemmed lightly if it is English-like. Han, kana, Hangul, Thai, Lao, Khmer and Burmese,
which are written without spaces or glue particles on, are cut into characters whose norm is the character bigram.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from harness.text.numbers import COUNTING
from harness.text.polarity import HEDGES, NEGATIONS
from harness.text.rarity import rarity
from harness.text.stopwords import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Lexeme", "Token", "lexemes", "scan", "stem", "tokens"]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0002fa1f"
)
_LETTER = rf"[^\W{_UNSPACED}_]"
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0951-\u0957"
_MARKS += "\u0981-\u0983\u09bc-\u09cd\u0a3c-\u0a4d\u0abc-\u0acd\u0b3c-\u0b4d\u0bbe-\u0bcd\u0c3e-\u0c4d\u0cbc-\u0ccd"


def _pattern(letter: str, part: str) -> re.Pattern[str]:
    """Return the pattern of tokens, from those of a letter or digit, and of one with the marks upon it."""
    return re.compile(
        rf"(?P<number>\d[\d.,\u2009\u202f'’]*\d(?!{letter}|\d)|\d+(?!{letter}|\d))"
        rf"|(?P<broken>{part}++[-\u2010]\s*\n\s*(?=[^\W\d_A-Z]){part}++)"
        rf"|(?P<word>{part}++(?:['’](?:{part})++)?)"
        rf"|(?P<char>[{_UNSPACED}])"
    )


_TOKEN = _pattern(_LETTER, rf"(?:{_LETTER}[{_MARKS}\u00ad]*)")
_ASCII_TOKEN = _pattern("[a-zA-Z0-9]", "[a-zA-Z0-9]")
"""Finds the same in text that is all ASCII, three times as fast."""
_LINE_WORD = r"[a-zA-Z0-9]++(?:'[a-zA-Z0-9]++)?"
_LINE_TOKEN = re.compile(
    rf"(?P<word>[a-zA-Z][a-zA-Z0-9]*+(?:'[a-zA-Z0-9]++)?)"
    rf"|(?P<number>\d[\d.,']*\d(?![a-zA-Z0-9])|\d++(?![a-zA-Z0-9]))|(?P<mixed>{_LINE_WORD})"
)
"""Finds the same in a line of ASCII, where no word can be broken; words come first, as most tokens are words."""
_LINE_WORDS = re.compile(_LINE_WORD)
_DIGIT = re.compile("[0-9]")
_POSSESSIVE = re.compile(r"['’]s?$")
_BREAK = re.compile(r"[-\u2010]\s*\n\s*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[,\u2009\u202f'’](?=\d{3}(?:\D|$))")


class Lexeme(NamedTuple):
    """What a written word is, wherever it stands.

    `keys` are the normal forms under which it may be found, its own first, then the halves of a broken word or the
    words in camelCase; `rarity` is in [0, 1] (see `harness.text.rarity`).
    """

    keys: tuple[str, ...]
    stop: bool
    negates: bool
    hedges: bool
    counts: bool
    """Whether it may begin a number in words, or a date."""
    rarity: float


class Token(NamedTuple):
    """A word of the text: `text[start:end]`."""

    start: int
    end: int
    kind: str
    lexeme: Lexeme

    @property
    def norm(self) -> str:
        """Its own normal form."""
        return self.lexeme.keys[0]

    @property
    def stop(self) -> bool:
        """Whether the word carries grammar rather than content."""
        return self.lexeme.stop


def tokens(text: str) -> list[Token]:
    r"""Return the words of `text` in order.

    >>> [t.norm for t in tokens("The ﬁne-tuned models’ accu-\nracy: 1,500.5")]
    ['the', 'fin', 'tun', 'model', 'accuraci', '1500.5']
    """
    return [Token(*found) for found in scan(text)]


def scan(text: str) -> Iterator[tuple[int, int, str, Lexeme]]:
    """Yield the fields of `Token`, without the cost of one."""
    if text.isascii() and "\n" not in text:
        for match in _LINE_TOKEN.finditer(text):
            start, end = match.span()
            kind = "number" if match.lastgroup == "number" else "word"
            yield start, end, kind, _lexeme(match.group(), kind)
        return
    for match in (_ASCII_TOKEN if text.isascii() else _TOKEN).finditer(text):
        kind = match.lastgroup or "word"
        start, end = match.span()
        word = _with_next(text, start) if kind == "char" else match.group()
        yield start, end, kind, _lexeme(word, kind)


def lexemes(text: str) -> list[Lexeme] | None:
    """Return the lexemes of a line of ASCII without a quantity, at a third of the cost; None for any other text."""
    if not text.isascii() or "\n" in text or _DIGIT.search(text):
        return None
    found = [_lexeme(word, "word") for word in _LINE_WORDS.findall(text)]
    return None if any(lexeme.counts for lexeme in found) else found


@lru_cache(maxsize=65536)
def _lexeme(word: str, kind: str) -> Lexeme:
    if kind == "number":
        return Lexeme((_SEPARATORS.sub("", word),), stop=False, negates=False, hedges=False, counts=True, rarity=1.0)
    if kind == "char":
        keys: tuple[str, ...] = (word,)
    elif kind == "broken":
        left, right = _BREAK.split(word, maxsplit=1)
        keys = (stem(left + right), stem(left), stem(right))
    else:
        humps = _HUMP.split(word) if not word.islower() else []
        keys = (stem(word), *(stem(part) for part in humps if len(humps) > 1))
    own, plain = keys[0], word.lower().replace("’", "'")
    return Lexeme(keys, own in _STOP_NORMS, plain in NEGATIONS, plain in HEDGES, plain in COUNTING, rarity(own))


def _with_next(text: str, at: int) -> str:
    """Return a character of a script without spaces together with the next one, where one follows."""
    following = text[at + 1 : at + 2]
    if following and _TOKEN.match(following) and not following.isascii():
        return text[at : at + 2]
    return text[at]


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


_STOP_NORMS = STOPWORDS | {stem(word) for word in STOPWORDS}
