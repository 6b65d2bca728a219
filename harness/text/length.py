"""How long a text is: words by two documented counters, sentences, characters, paragraphs and list items."""

from __future__ import annotations

import re

from harness.text.blanking import blanked, keeping
from harness.text.citations import without_citations
from harness.text.sentences import segments

__all__ = [
    "character_count",
    "counted",
    "ifeval_words",
    "item_count",
    "paragraph_count",
    "runs",
    "sentence_count",
    "word_count",
]

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*+•>]|\d{1,3}[.)])(?=[ \t])|[*_`~]{1,3}|\|", re.MULTILINE)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_THAI = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
_THAI_WORD = 4
_WORD = re.compile(r"\w")
_RUN = re.compile(r"\w+")
_IN_RUN = keeping(lambda one: _WORD.match(one) is not None)
_FENCED = re.compile(r"^[ ]{0,3}(`{3,}|~{3,}).*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^[ \t]*(?:[-*+•‣◦▪●–][ \t]+|\(?\d{1,3}[.)](?!\d)[ \t]+)\S", re.MULTILINE)
_DIVIDER = re.compile(r"^[ \t]*\*\*\*[ \t]*$", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")


def word_count(text: str) -> int:
    """Count words as a person does: what stands between spaces, Markdown marks apart.

    A lone bullet, dash or table bar is no word. Han and kana characters count one each; Thai, Lao, Burmese and Khmer,
    written without spaces, count one for every four characters of a run.

    >>> word_count("**Two words** - and `three` more")
    5
    >>> word_count("東京は大きい")
    6
    """
    plain = _LINK.sub(r"\1", text) if "](" in text else text
    plain = _MARKS.sub(" ", plain) if _may_be_marked(plain) else plain
    if plain.isascii():
        pieces = plain.split()
        return len(pieces) - sum(_WORD.search(piece) is None for piece in pieces if not piece[0].isalnum())
    unspaced = len(_UNSPACED.findall(plain))
    runs = sum(-(-len(run) // _THAI_WORD) for run in _THAI.findall(plain))
    rest = _THAI.sub(" ", _UNSPACED.sub(" ", plain))
    return unspaced + runs + sum(_WORD.search(word) is not None for word in rest.split())


def _may_be_marked(text: str) -> bool:
    """Say whether a Markdown mark can stand in a text: quick for a plain paragraph."""
    return "\n" in text or text[:1] in " \t#-+•>0123456789" or any(mark in text for mark in "*_`~|")


def ifeval_words(text: str) -> int:
    r"""Count words as IFEval does: runs of `\w+`, so that "don't" is two.

    >>> ifeval_words("don't, 3.14")
    4
    """
    return len(runs(text))


def runs(text: str) -> list[str]:
    r"""Return the runs of `\w+` of a text, in order.

    >>> runs("don't, 3.14")
    ['don', 't', '3', '14']
    """
    return blanked(text, _IN_RUN).split() if text.isascii() else _RUN.findall(text)


def sentence_count(text: str) -> int:
    """Count sentences and list items; headings, table rows and code are none."""
    return sum(segment.kind in {"sentence", "item"} for segment in segments(text))


def character_count(text: str) -> int:
    """Count code points without the blanks at both ends."""
    return len(text.strip())


def paragraph_count(text: str) -> int:
    r"""Count paragraphs: what blank lines part, or lines of three asterisks where there are any; marks alone are none.

    >>> paragraph_count("One.\n\nTwo,\nstill two.\n\n---\n"), paragraph_count("One.\n\nstill one\n***\nTwo.")
    (2, 2)
    """
    parts = _DIVIDER.split(text) if _DIVIDER.search(text) else _BLANK.split(text)
    return sum(_WORD.search(part) is not None for part in parts)


def item_count(text: str) -> int:
    r"""Count list items, bulleted or numbered, at any depth.

    >>> item_count("Bring:\n- a pen\n- paper\n1. first")
    3
    """
    return len(_ITEM.findall(text))


def counted(text: str, *, code: bool = True, citations: bool = True) -> str:
    r"""Return what of a text counts: without code blocks, or without citation marks, where they are not to.

    >>> counted("It is red [1].\n```\nx = 1\n```", code=False, citations=False).strip()
    'It is red .'
    """
    text = text if code else _FENCED.sub("", text)
    return text if citations else without_citations(text)
