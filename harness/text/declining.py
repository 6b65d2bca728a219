"""How one declines in eighteen languages: the patterns behind `harness.text.refusal`, a language a block.

Each language has *hints*, one of which stands in any clause that its patterns can match (a quick test), and the
patterns of clauses that decline. What is said of the sources (passages, context, text, …) counts sooner than the same
words about something else: "the text does not include the price" declines, "the price does not include tax" does not.
Straight apostrophes stand for curly ones.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from harness.text.blanking import blanked, keeping
from harness.text.declining_abroad import ABROAD, Language

__all__ = ["CONTEXT", "declines", "spoken"]


CONTEXT: Final = (
    r"(?:passages?|contexts?|documents?|documentation|texts?|sources?|materials?|information|excerpts?|articles?|snippets?|pieces?|"
    r"sections?|paragraphs?|extracts?|content|chapters?|answer|transcripts?|search results|knowledge base)"
)
_WORK: Final = r"(?:handbook|manual|leaflet|guide|report|page|book|brochure|timetable|records?|file|data|policy|notes?|minutes|letter|list)"
_ANY: Final = rf"(?:{CONTEXT}|{_WORK})"
_ADV: Final = r"(?:(?:\w+ly|even|also|ever|really|just|quite|yet|at all|clearly|anywhere) ){0,3}"
_NOT: Final = r"(?:do(?:es)?n't|do(?:es)? (?:\w+ly |also )?not|did(?:n't| not)|cannot|can(?:'t| not)|could(?:n't| not)|fails? to|never|nowhere)"
_SPEAK: Final = (
    r"(?:mention|say|state|specify|indicate|address|discuss|describe|explain|tell|disclose|clarify|reveal|set out|make clear|"
    r"speak|relate|pertain|refer|elaborate|identify|detail|touch on|go into)\w*"
)
_HOLD: Final = r"(?:contain|provide|include|give|cover|answer|offer|list|name|report|have|hold|supply|present|talk|shed|allow|support|show)\w*"
_KNOWN: Final = (
    r"(?:mentioned|stated|specified|given|provided|covered|addressed|described|discussed|included|contained|listed|available|found|"
    r"disclosed|explained|answered|set out|named|indicated|clear|known|present|part of|detailed|related|relevant|identified|revealed|"
    r"supported|defined)"
)
_FACT: Final = (
    r"(?:information|details?|data|mention|answer|indication|reference|statement|context|explanation|specifics|instructions?|"
    r"record|description|advice|guidance|overview|number|name|date|price|reason|figures?|cost|fee|amount|year)"
)
_TOLD: Final = r"(?:information|details?|mention|indication|statement|context|explanation|specifics)"
_OF_IT: Final = r"(?:in|by|from|within|with|on|to|of|using|based)\b.{0,40}"
_LEARN: Final = (
    r"(?:know|say|answer|tell|determine|find|provide|confirm|help|be (?:\w+ )?(?:sure|certain)|see|locate|identify|verify|infer|give|"
    r"offer|comment|respond|assist|establish|conclude|deduce|speak)"
)

_UNABLE: Final = rf"(?:unable|not able|impossible|not possible) to {_ADV}(?:answer|determine|say|tell|provide|give|confirm|know|establish|infer|identify)\b"

_ENGLISH: Final = Language(
    words=frozenset(
        (
            "t not no cannot cant dont doesnt didnt unable never nowhere fail fails failed none neither insufficient too impossible unclear "
            "unknown uncertain nothing silent open afraid lack lacks lacking omits outside beyond unrelated unanswered unanswerable need sorry"
        ).split()
    ),
    patterns=(
        rf"(?:i|we) {_ADV}(?:do(?:n't| not)|cannot|can(?:'t| not)|could(?:n't| not)|was(?:n't| not) able to|was unable to) {_ADV}{_LEARN}\b",
        r"(?:i|we) (?:\w+ly )?(?:do(?:n't| not) |dont )have (?:\w+ ){0,4}(?:information|data|answer|details?|context|knowledge|access|instructions|record|idea|way)\b",
        r"(?:i|we) (?:\w+ly )?(?:have (?:no|insufficient|not enough)|lack|found no|find no|see no) (?:\w+ ){0,3}(?:information|idea|data|details?|knowledge|record|way|mention|answer|context)\b",
        r"(?:i|we)(?:'m| am|'re| are) (?:\w+ly )?(?:not able to|unable to|not sure|not certain|not aware|afraid (?:i|we|that|the|this|it))\b",
        r"(?:i|we)(?:'ll| will|'d| would)? need (?:some |a bit )?(?:more|further|additional) (?:\w+ )?(?:information|context|details?)\b",
        rf"sorry,? but (?:the|your|that|this) (?:\w+ ){{0,3}}?(?:{CONTEXT}|question)\b",
        rf"(?:it|that|this)(?:'s| is| was|'d be| would be) (?:\w+ )?{_UNABLE}",
        r"(?:can(?:not|'t| not)|could(?:n't| not)) be (?:\w+ly )?answered\b|(?:is|are|remains?) (?:\w+ )?unanswer(?:ed|able)\b",
        rf"(?:can(?:not|'t| not)|could(?:n't| not)) be (?:\w+ly )?(?:determined|found|said|inferred|established|confirmed|concluded|deduced|derived|ascertained)\b(?= {_OF_IT}\b{_ANY}|\W*\Z)",
        rf"(?:no|not enough|insufficient|not sufficient|too little|not any) (?:(?!longer)\w+ ){{0,2}}{_TOLD}\b(?!.*\b(?:has|have) been\b)(?=\W*\Z| (?:is|was|are|were|can be) (?:\w+ly )?(?:given|provided|available|found|included|mentioned|offered|contained)\b| (?:given|provided|available|found|about|on|regarding|concerning|as to|in|within|to (?:answer|determine|say|tell)|anywhere|here|of)\b)",
        rf"(?:no|not enough|insufficient) (?:\w+ )?(?:answer|data|evidence|name|number|date|reason|reference|record|price|cost|fee)s?\b.{{0,40}}\b(?:given|provided|available|found|mentioned|stated|in|from)\b.{{0,20}}{CONTEXT}|no answer (?:is|can be|to|was|could)\b",
        r"there(?:'s| is| are|'re)(?: no|n't any| not any| not enough|n't enough) (?:\w+ ){0,2}(?:information|mention|details?|answer|indication)\b(?! (?:\w+ )?(?:needed|required|necessary))",
        rf"{CONTEXT} (?:(?!that|who|which|says?|states?)\w+ ){{0,12}}?{_NOT} {_ADV}(?:{_SPEAK}|{_HOLD})\b(?! (?:to|up)\b)",
        rf"{_WORK} (?:(?!that|who|which)\w+ ){{0,3}}?{_NOT} {_ADV}(?:{_SPEAK}\b|{_HOLD} (?:this|that|it|any (?:\w+ )?{_FACT}|the (?:\w+ )?{_FACT})\b)",
        rf"(?:they|it|these|those|this|the author|the text) (?:also |only )?(?!did){_NOT} {_ADV}(?:mention|say|state|specify|indicate|address|discuss|describe|explain|disclose|clarify|tell us|(?:give|name|contain|provide|include|offer) (?:\w+ ){{0,3}}{_FACT})\w*\b(?! (?:to|hello|goodbye)\b)",
        rf"{_ANY} (?:\w+ ){{0,4}}?(?:(?<!the )lacks?|omits?|contains? (?:no|nothing)|say(?:s|ing)? nothing|makes? no|gives? no|has no|have no|offers? no|provides? (?:no|nothing)|mentions? (?:no|nothing)|(?:is|are) silent|leaves? (?:this|that|it|the question) open|(?:is|are) (?:not|un)(?: ?related| relevant)|(?:is|are)n't (?:related|relevant))\b",
        rf"(?:given |provided |the )?{CONTEXT} (?:(?:above|provided|given|in|you|the|context) ){{0,5}}(?:is|are) about\b.{{0,120}}?\bnot (?!only|just)",
        r"(?:they|it) (?:says? nothing|makes? no mention|is silent (?:on|about)|leaves? (?:this|that|it) open|contains? nothing)\b|do(?:es)? not relate to\b|makes? no mention\b|says? nothing (?:about|of|on)\b",
        rf"(?:none|neither|no(?:thing)?) (?:of |in |from )(?:the |these |those )?(?:\w+ ){{0,2}}{CONTEXT}\b.{{0,30}}?(?:{_SPEAK}|{_HOLD}|suggest|support|answer)\b",
        rf"(?:is|are|was|were)(?: not|n't| nowhere| neither) {_ADV}{_KNOWN}\b(?=.{{0,20}} {_OF_IT}\b{_ANY})",
        rf"(?:no|nothing)\b.{{0,40}}\b(?:is|are|was|were) {_ADV}(?:mentioned|stated|specified|given|said|provided|indicated)\b(?=\W*\Z| {_OF_IT}\b{_ANY}| about\b)",
        r"(?:it|this|that|the answer)(?: is|'s)(?: \w+ly)? not (?:stated|specified|mentioned|given|covered|disclosed)\b",
        r"(?:it|this|that|the answer) isn't (?:\w+ly )?(?:stated|specified|mentioned|given|covered)\b",
        rf"(?:it|this|that|the answer)(?: is|'s| was| remains| isn't| wasn't)(?: \w+ly)? (?:not )?(?:clear|known|possible|available|unclear|unknown)(?<! (?:is|'s) clear)(?<! (?:is|'s) known)\b(?=\W*\Z|.{{0,10}} (?:from|in|based on|within)\b.{{0,20}}\b{_ANY})",
        rf"(?:is|are|remains?) (?:\w+ly )?(?:unclear|unknown|uncertain|open)\b(?=.{{0,10}} (?:from|in|based on|within)\b.{{0,20}}\b{_ANY})",
        r"(?:is|are|was|were)(?: not|n't| nowhere) (?:\w+ly )?(?:mentioned|stated|specified|named|explained|indicated|addressed|discussed|described)(?: (?:there|here|anywhere|either|at all))?\W*\Z",
        rf"{_FACT}\b.{{0,30}}\b(?:is|are|was|were)(?: not|n't) (?:\w+ly )?(?:given|provided|known|available|found|disclosed)\W*\Z",
        rf"(?:question|query|topic|this|that|it)\b.{{0,20}} (?:falls? |lies? |is |are )?(?:not (?:\w+ )?(?:related|relevant)|unrelated|outside|beyond|out of scope|not within)\b.{{0,40}}(?:{_ANY}|scope|topic)\b",
        r"nothing (?:is|was) (?:said|mentioned|stated)\b|no idea\b(?=\W*\Z)",
        r"(?:can't|cannot|could(?:n't| not)) (?:\w+ly )?(?:answer|respond to) (?:this|that|your|the) (?:question|query|one)\b",
    ),
    starts=(
        rf"(?:\w+,? ){{0,2}}{_UNABLE}",
        r"(?:who|whether|how|why|when|what|which|where)\b.{0,80}\b(?:is|remains?) (?:unclear|unknown|open)\b",
        rf"(?:\w+,? )?not (?:\w+ly )?(?:mentioned|stated|given|specified|provided|found|included|said|covered|known|available|disclosed|listed|described)(?:\W*\Z|.{{0,40}}\b{_ANY})",
        r"but (?:none|nothing|no \w+) (?:for|about|on|of|as to)\b",
        rf"but (?:not (?:by whom|whom?|when|where|why|how|what|which)\b|(?:they |it )?{_NOT} {_SPEAK})|not (?:sure|certain)\b",
    ),
)

_LETTERS: Final = {
    "\u09df": "\u09af\u09bc",
    "\u095b": "\u091c\u093c",
    "\u095e": "\u092b\u093c",
    "\u09dc": "\u09a1\u09bc",
}
"""Letters that are written as one code point or two."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_LETTER: Final = keeping(str.isalpha)
_TELLING: Final = frozenset[str]().union(_ENGLISH.words, *(language.words for language in ABROAD))


@cache
def _compiled(language: Language) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    searched = re.compile(language.edge + _joined(language.patterns))
    return searched, re.compile(r"\W*" + _joined(language.starts)) if language.starts else None


def _joined(patterns: tuple[str, ...]) -> str:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    for one, two in _LETTERS.items():
        joined = joined.replace(two, one).replace(one, f"(?:{one}|{two})")
    return f"(?:{joined})"


class Spoken(NamedTuple):
    """A language in which a text may decline, and those of its tell-tale words and parts that stand there."""

    language: Language
    words: frozenset[str]
    parts: tuple[str, ...]

    def tells(self, sentence: str) -> bool:
        """Say whether one of them stands in a sentence, in lower case: quick, and in few sentences so."""
        may = any([word in sentence for word in self.words])  # noqa: C419 - a list is faster here
        return (may and not self.words.isdisjoint(_words(sentence))) or any(part in sentence for part in self.parts)


def spoken(folded: str) -> tuple[Spoken, ...]:
    """Return the languages in which a text, in lower case, may decline."""
    here = _TELLING.intersection(_words(folded))
    plain = folded.isascii()
    if plain and not here:
        return ()
    found = []
    for language in (_ENGLISH, *ABROAD):
        words = language.words & here
        parts = () if plain else tuple(part for part in language.parts if part in folded)
        if words or parts:
            found.append(Spoken(language, words, parts))
    return tuple(found)


def _words(folded: str) -> list[str]:
    return blanked(folded, _LETTER).split() if folded.isascii() else _WORD.findall(folded)


def declines(clause: str, at: int = 0, languages: tuple[Spoken, ...] | None = None) -> tuple[int, int] | None:
    """Return the offsets of the first words from `at` on with which a clause, in lower case, declines.

    >>> declines("the text does not mention the price.")
    (0, 25)
    >>> declines("the price does not include tax.") is None
    True
    """
    for one in spoken(clause) if languages is None else languages:
        if languages is None or one.tells(clause):
            searched, started = _compiled(one.language)
            found = (started.match(clause) if started and at == 0 else None) or searched.search(clause, at)
            if found is not None:
                return found.span()
    return None
