"""Find where a text declines to answer, and say what kind of response the whole is.

Sentences are cut into clauses ("…, but …", "Price: …"); a clause declines when it says that the answer is not known, not
given or can't be given (`harness.text.declining` has the words). What is quoted, what stands under a condition ("if you
cannot find it, …") and "I'm sorry to hear that …" do not decline. What else the text says decides between the classes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text import beside
from harness.text.declining import declines, spoken
from harness.text.layout import flattened
from harness.text.sentences import segments
from harness.text.words import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.records import Response

__all__ = ["asked_refusals", "asked_strings", "refusal_spans", "response"]

_BLANK: Final = re.compile(r"[^\S ]")
_COMMA: Final = re.compile(r"[,，]\s*")
_QUOTED: Final = re.compile(r"[\"“«„「][^\"”»“」\n]{0,400}[\"”»“」]|(?<!\w)[‘'][^’'\n]{3,200}[’'](?!\w)")
_STRAIGHT: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " "})
_QUESTION: Final = ("?", "？", "؟")
_MAX_GREETING: Final = 120
_MIN_SAID: Final = 4
"""Fewer words than this beside a refusal say nothing of their own, …"""
_MIN_FIGURES: Final = 2
"""… unless they hold a number."""
_ORDER: Final = re.compile(
    r"(?:reply|respond|answer|say|write|output|return|state|antworte\w*|schreibe?\w*|sage?|gib|réponds|répondez|écris|écrivez|dis|responde|contesta|"
    r"escribe|di|responda|escreva|diga|rispondi|scrivi|回答|答え\w*)\b",
)
_WHEN: Final = re.compile(
    r"\b(?:if|when|unless|where|otherwise|wenn|falls|sonst|si|cuando|se|quando)\b|如果|場合", re.IGNORECASE
)
_STRING: Final = re.compile(
    r"[\"“«„「]\s*([^\"”»“」\n]{1,120}?)\s*[\"”»“」]|(?<!\w)[‘']([^’'\n]{2,120})[’'](?!\w)|\b([A-Z]{2,}(?:_[A-Z]+)*)\b"
)


class _Clause(NamedTuple):
    """A clause: `text[start:end]`, the same in lower case and without marks, and whether it declines."""

    start: int
    end: int
    said: str
    declines: bool


@lru_cache(maxsize=256)
def asked_strings(instructions: str) -> tuple[str, ...]:
    """Return the strings that the instructions ask for under some condition, as they write them.

    >>> asked_strings("If the passages don't say, reply with NO_ANSWER.")
    ('NO_ANSWER',)
    """
    found: list[str] = []
    for segment in segments(instructions):
        sentence = instructions[segment.start : segment.end]
        if _ORDER.search(sentence.lower()) is None or _WHEN.search(sentence.lower()) is None:
            continue
        for match in _STRING.finditer(sentence):
            said = next(group for group in match.groups() if group)
            if any(character.isalpha() for character in said) and not said.endswith(":"):
                found.append(said)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def asked_refusals(instructions: str) -> frozenset[str]:
    """Return the strings that the instructions ask for where there is no answer, folded and without marks."""
    return frozenset({_bare(said) for said in asked_strings(instructions)} - {""})


def _bare(said: str) -> str:
    return said.strip(" \t\r\n*_`\"'“”«»„.!,;:()[]>-").casefold()


def refusal_spans(text: str, instructions: str = "") -> tuple[tuple[int, int], ...]:
    """Return the stretches that decline, in order: whole sentences, or the clause that does ("…, but …").

    `instructions` may ask for a certain string ("reply with NO_ANSWER"), which then declines as well.

    >>> text = "I don’t know. The pump starts at nine."
    >>> [text[a:b] for a, b in refusal_spans(text)]
    ['I don’t know.']
    """
    return tuple((clause.start, clause.end) for clause in _clauses(text, instructions) if clause.declines)


def response(text: str, instructions: str = "") -> Response:
    """Say what kind of response a text is.

    *answered*: it declines nothing. *refused*: it declines and says nothing else of its own. *hedged*: it declines
    and then answers all the same, from general knowledge. *partial*: it answers some and declines the rest.
    *undetermined*: it is empty, or only greets, asks back or announces an answer.

    >>> [response(t) for t in ("Five days.", "I don't know.", "", "I don't know. Usually it is about five days long.")]
    ['answered', 'refused', 'undetermined', 'hedged']
    """
    clauses = _clauses(text, instructions)
    if not any(clause.declines for clause in clauses):
        return "answered" if any(_says(clause.said) for clause in clauses) else "undetermined"
    first = next(clause.start for clause in clauses if clause.declines)
    before = after = outside = sourced = False
    for clause, following in zip(clauses, (*clauses[1:], None), strict=True):
        if clause.declines or not _adds(clause.said.strip()):
            continue
        turned = following is not None and following.declines and following.start == clause.end
        if turned and beside.HOLDS.match(clause.said):
            continue
        late = clause.start > first
        marked = (beside.OUTSIDE if late else beside.GUESS).search(clause.said) is not None
        outside = outside or marked
        sourced = sourced or (late and beside.SOURCED.search(clause.said) is not None)
        before = before or not (late or marked)
        after = True
    if not after:
        return "refused"
    return "hedged" if outside and not (before or sourced) else "partial"


def _says(clause: str) -> bool:
    """Say whether a clause of a text that declines nothing is more than a greeting, a question or an announcement."""
    said = clause.strip()
    return not said.endswith(_QUESTION) and (len(said) > _MAX_GREETING or beside.EMPTY.match(said) is None)


def _adds(said: str) -> bool:
    """Say whether a clause beside a refusal says something of its own, be it after a colon.

    >>> _adds("the passages describe the filter"), _adds("the passages describe one step: the pump is cleaned daily")
    (False, True)
    """
    head, colon, rest = said.partition(": ")
    if colon and beside.EXPLAINS.match(head):
        return _adds(rest)
    found = tokens(said)
    numbers = any(token.lexeme.kind == "number" for token in found)
    if len(found) < (_MIN_FIGURES if numbers else _MIN_SAID) or said.endswith(_QUESTION):
        return False
    return not any(rule.match(said) for rule in (beside.COURTESY, beside.EXPLAINS, beside.LEAD, beside.EMPTY))


@lru_cache(maxsize=64)
def _clauses(text: str, instructions: str) -> tuple[_Clause, ...]:
    """Cut the text into clauses; headings and code beside other text are left out."""
    asked = asked_refusals(instructions) if instructions else frozenset[str]()
    folded = _folded(text)
    languages = spoken(folded)
    pieces = segments(text)
    found: list[_Clause] = []
    quoted: list[tuple[int, int]] | None = None
    for segment in pieces:
        if segment.kind in {"code", "heading"} and len(pieces) > 1:
            continue
        sentence = folded[segment.start : segment.end]
        if not asked and not any(language.tells(sentence) for language in languages):
            found.append(_Clause(segment.start, segment.end, sentence, declines=False))
            continue
        plain, places = flattened(sentence)
        for start, end in _cut(plain):
            clause = plain[start:end]
            parts = [(0, len(clause), bool(asked) and _bare(clause) in asked)]
            if not parts[0][2] and declines(clause, 0, languages) is not None:
                quoted = [m.span() for m in _QUOTED.finditer(text)] if quoted is None else quoted
                inside = _inside(quoted, segment.start, places[start:])
                parts = list(_declining(clause, inside))
            found += [
                _Clause(
                    segment.start + places[start + a], segment.start + places[start + b], clause[a:b], declines=said_no
                )
                for a, b, said_no in parts
            ]
    return tuple(found)


def _folded(text: str) -> str:
    """Return the text in lower case, with straight apostrophes and plain blanks, every character where it was."""
    text = text if text.isprintable() else _BLANK.sub(" ", text)
    if text.isascii():
        return text.lower()
    plain = text.translate(_STRAIGHT)
    lowered = plain.lower()
    return lowered if len(lowered) == len(plain) else plain


def _cut(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence."""
    turns = [turn.end() for turn in beside.TURN.finditer(sentence)]
    if not sentence.isascii():
        turns = sorted([*turns, *(turn.end() for turn in beside.TURN_UNSPACED.finditer(sentence))])
    at = 0
    for turn in turns:
        if turn > at and sentence[at:turn].strip():
            yield at, turn
            at = turn
    if at < len(sentence):
        yield at, len(sentence)


def _inside(quoted: Sequence[tuple[int, int]], start: int, places: Sequence[int]) -> Callable[[int], bool]:
    """Return what says whether a character of a clause stands inside a quotation of the text."""
    return lambda at: any(a <= start + places[at] < b for a, b in quoted)


def _declining(clause: str, quoted: Callable[[int], bool]) -> Iterator[tuple[int, int, bool]]:
    """Yield the parts of a clause in which declining words stand: what is said before, the refusal, what follows."""
    found = declines(clause)
    while found is not None and quoted(found[0]):
        found = declines(clause, found[1])
    if found is None or beside.CONDITION.match(clause) or beside.IF.search(clause, 0, found[0]):
        yield 0, len(clause), False
        return
    conceded = beside.CONCESSION.match(clause) is not None
    begin = 0 if conceded else _joined_on(clause, found[0])
    if begin:
        yield 0, begin, False
    comma = _COMMA.search(clause, found[1]) if conceded else None
    stop = comma.end() if comma else len(clause)
    yield begin, stop, True
    if stop < len(clause):
        yield stop, len(clause), False


def _joined_on(clause: str, match: int) -> int:
    """Return where the refusal begins in "The tower is 84 m high and its architect is not named": after the "and"."""
    begin = 0
    for cut in beside.AND.finditer(clause, 0, match + 1):
        if beside.VERB.search(clause, begin, cut.start()) and declines(clause[cut.end() :]):
            begin = cut.end()
    return begin
