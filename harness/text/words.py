"""Words with exact offsets and normal forms for matching; repairs what PDF extraction breaks, never the offsets.

A token's `norm` is case-folded, compatibility-normalised (ligatures, full-width forms), without soft hyphens and
accents on Latin letters kept, stemmed lightly if it is English-like. Han, kana, Hangul, Thai, Lao, Khmer and Burmese,
which are written without spaces or glue particles on, are cut into characters whose norm is the character bigram.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from harness.text.blanking import blanked, keeping
from harness.text.numbers import COUNTING
from harness.text.polarity import HEDGES, NEGATIONS
from harness.text.rarity import rarity
from harness.text.stopwords import STOPWORDS

__all__ = ["STOP_NORMS", "Lexeme", "Token", "count", "lexemes", "scan", "stem", "straightened", "tokens"]

LexemeKind: TypeAlias = Literal["word", "number", "broken", "char"]
_UNSPACED: Final = (
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
_LINE = re.compile(
    r"[a-zA-Z][a-zA-Z0-9]*+(?:'[a-zA-Z0-9]++)?|\d[\d.,']*\d(?![a-zA-Z0-9])|\d++(?![a-zA-Z0-9])|[a-zA-Z0-9]++(?:'[a-zA-Z0-9]++)?"
)
"""Finds the same in ASCII where no word is broken at the end of a line; words come first, as most tokens are words."""
_TYPOGRAPHIC: Final = (("’", "'"), *((mark, '"') for mark in "‘“”„«»–—…•·"), ("\u00a0", " "))
"""Marks that are as little a part of a word as what stands for them; an apostrophe may be."""
_MAYBE: Final = "'"
_CUT: Final = keeping(str.isalpha, marked="'0123456789", mark=_MAYBE)
"""Leaves letters; what may be part of a word that has other marks in it becomes `_MAYBE`."""
_MAX_REMEMBERED: Final = 65536
"""Words."""
_HYPHENED = re.compile(r"-\s*\n")
_POSSESSIVE = re.compile(r"['’]s?$")
_BREAK = re.compile(r"[-\u2010]\s*\n\s*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[,\u2009\u202f'’](?=\d{3}(?:\D|$))")


class Lexeme(NamedTuple):
    """What a written word is, wherever it stands.

    `norm` is its normal form; `keys` are those under which it may be found: its own, then the halves of a broken word
    or the words in camelCase; `rarity` is in [0, 1] (see `harness.text.rarity`).
    """

    keys: tuple[str, ...]
    stop: bool
    """Whether it carries grammar rather than content."""
    capital: bool
    negates: bool
    hedges: bool
    rarity: float
    norm: str
    counts: bool
    """Whether it may begin a number, in digits or words, or a date."""
    kind: LexemeKind


class Token(NamedTuple):
    """A word of the text: `text[start:end]`."""

    start: int
    end: int
    lexeme: Lexeme

    @property
    def norm(self) -> str:
        """Its own normal form."""
        return self.lexeme.norm


def tokens(text: str) -> list[Token]:
    r"""Return the words of `text` in order.

    >>> [t.norm for t in tokens("The ﬁne-tuned models’ accu-\nracy: 1,500.5")]
    ['the', 'fin', 'tun', 'model', 'accuraci', '1500.5']
    """
    return [Token(*found) for found in scan(text)]


def scan(text: str) -> list[tuple[int, int, Lexeme]]:
    """Return the fields of the tokens, without the cost of them."""
    found: list[tuple[int, int, Lexeme]] = []
    plain = straightened(text)
    if _unbroken(plain):
        index, at, end = plain.index, 0, 0
        for word in _line(plain):
            at = index(word, end)  # nothing between two tokens can be a part of one
            end = at + len(word)
            found.append((at, end, _lexemes[word]))
        return found
    for match in (_ASCII_TOKEN if plain.isascii() else _TOKEN).finditer(plain):
        kind = cast("LexemeKind", match.lastgroup)
        start, end = match.span()
        word = _with_next(plain, start) if kind == "char" else match.group()
        found.append((start, end, _lexeme(word, kind)))
    return found


def count(text: str) -> int:
    """Return how many words `scan` finds, at a fraction of its cost.

    >>> count("It isn't 1,500.")
    3
    """
    plain = straightened(text)
    return len(_line(plain)) if _unbroken(plain) else len(scan(text))


def lexemes(text: str) -> list[Lexeme] | None:
    """Return the lexemes of plain text without a quantity, at a third of the cost; None for any other text."""
    plain = straightened(text)
    if not _unbroken(plain):
        return None
    found = [*map(_lexemes.__getitem__, _line(plain))]
    return None if True in map(_COUNTS, found) else found


def straightened(text: str) -> str:
    r"""Return the text with plain marks for typographic ones, one for one; most text is all ASCII then.

    >>> straightened("“It’s due – soon…”")
    '"It\'s due " soon""'
    """
    if not text.isascii():
        for mark, plain in _TYPOGRAPHIC:
            if mark in text:
                text = text.replace(mark, plain)
    return text


def _line(text: str) -> list[str]:
    """Return the words of plain text: the pieces between marks, where no mark or digit may be a part of one."""
    cut = blanked(text, _CUT)
    return _LINE.findall(text) if _MAYBE in cut else cut.split()


def _unbroken(text: str) -> bool:
    """Say whether a text is all ASCII, and no word is broken at the end of a line."""
    return text.isascii() and ("\n" not in text or _HYPHENED.search(text) is None)


class _Lexemes(dict[str, Lexeme]):
    """Those of words in plain text, made when first asked for; a look into it costs half of one into an LRU cache."""

    def __missing__(self, word: str) -> Lexeme:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        digits = word[0].isdigit() and not any(map(str.isalpha, word))
        return self.setdefault(word, _lexeme(word, "number" if digits else "word"))


_lexemes: Final = _Lexemes()
_COUNTS: Final = itemgetter(Lexeme._fields.index("counts"))


@lru_cache(maxsize=_MAX_REMEMBERED)
def _lexeme(word: str, kind: LexemeKind) -> Lexeme:
    first = word[0]
    capital = "A" <= first <= "Z" or (first > "\x7f" and first.isupper())
    if kind == "number":
        keys: tuple[str, ...] = (_SEPARATORS.sub("", word),)
        return Lexeme(keys, False, False, False, False, 1.0, keys[0], True, kind)  # noqa: FBT003 - as a tuple is built
    if kind == "char":
        keys = (word,)
    elif kind == "broken":
        left, right = _BREAK.split(word, maxsplit=1)
        keys = (stem(left + right), stem(left), stem(right))
    else:
        humps = _HUMP.split(word) if not word.islower() else []
        keys = (stem(word), *(stem(part) for part in humps if len(humps) > 1))
    own, plain = keys[0], word.lower().replace("’", "'")
    counts = plain in COUNTING or first in "0123456789"
    return Lexeme(keys, own in STOP_NORMS, capital, plain in NEGATIONS, plain in HEDGES, rarity(own), own, counts, kind)


def _with_next(text: str, at: int) -> str:
    """Return a character of a script without spaces together with the next one, where one follows."""
    following = text[at + 1 : at + 2]
    if following and _TOKEN.match(following) and not following.isascii():
        return text[at : at + 2]
    return text[at]


@lru_cache(maxsize=_MAX_REMEMBERED)
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
        if word.endswith(ending) and len(base) >= 3 and any(c in "aeiouy" for c in base):  # noqa: PLR2004 - what is left must still be a word
            word = base[:-1] if base[-1] == base[-2] and base[-1] not in "lsz" else base
            break
    if word.endswith("ly") and len(word) > 5:  # noqa: PLR2004 - what is left must still be a word
        word = word[:-2]
    if word.endswith("e") and len(word) > 3:  # noqa: PLR2004 - what is left must still be a word
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word  # noqa: PLR2004 - what is left must still be a word


STOP_NORMS: Final = STOPWORDS | {stem(word) for word in STOPWORDS}
"""The normal forms of stop words."""
