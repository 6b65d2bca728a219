"""Find where a text declines to answer, and say what kind of response the whole is.

A clause declines when it says that the answer is not known, not given or can't be given. "The passages do not mention
X, but Y is …" declines in its first clause only. What is quoted, and "I'm sorry to hear that …", does not decline.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from harness.text.layout import flattened
from harness.text.sentences import segments
from harness.text.words import tokens

if TYPE_CHECKING:
    from harness.records import Response

__all__ = ["refusal_spans", "response"]

_CONTEXT = (
    r"(?:passages?|contexts?|documents?|texts?|sources?|materials?|information|excerpts?|articles?|data|snippets?|pieces?|"
    r"sections?|handbook|manual|leaflet|guide|report|page|answer)"
)
_SAY = (
    r"(?:mention|say|state|specify|contain|provide|include|give|indicate|address|discuss|cover|describe|explain|tell|"
    r"answer|offer|list|name|reveal|disclose|clarify|report|set out|make clear|speak)\w*"
)
_NOT = r"(?:do(?:es)?n[’']?t|do(?:es)? not|did(?:n[’']t| not)|cannot|can[’']?t|fails? to|never|nowhere)"
_ENGLISH: Final = (
    (
        r"\bi (?:really |simply |honestly )?(?:do(?: not|n[’']t)|cannot|can[’']t|could(?: not|n[’']t)) (?:\w+ )?"
        r"(?:know|say|answer|tell|determine|find|provide|confirm|help|be sure)\b"
    ),
    r"\bi(?:[’']m| am) (?:not able|unable|not sure|sorry,? but|afraid (?:i|that|the|this))",
    r"\b(?:unable|not able|impossible|not possible) to (?:answer|determine|say|tell|provide|find|give|confirm)\b",
    r"\b(?:can(?:not|[’']t| not)|could(?: not|n[’']t)) be (?:answered|determined|found|said|inferred|established|confirmed)\b",
    (
        r"\b(?:no|not enough|insufficient|not sufficient) (?:\w+ ){0,2}(?:information|details?|data|mention|answer|evidence|"
        r"indication|reference|statement)\b.{0,60}\b(?:given|provided|available|in|about|on|of|to|for|regarding|found)\b"
    ),
    rf"\Anot (?:mentioned|stated|given|specified|provided|found|included|said|covered|known)\b.{{0,40}}{_CONTEXT}",
    r"\b(?:insufficient|not enough|too little) (?:information|context|data|details?|evidence)\b",
    (
        rf"\b(?:the |these |this |those |my |your |provided |given |available |above )*(?:\w+ ){{0,2}}{_CONTEXT} "
        rf"(?:\w+ ){{0,3}}?{_NOT} (?:\w+ ){{0,2}}?{_SAY}\b"
    ),
    (
        r"\b(?:they|it|these|those|this|the author|the text) (?:also )?(?:do(?:es)?n[’']?t|do(?:es)? not|did(?:n[’']t| not)) "
        r"(?:\w+ )?(?:mention|say|state|specify|indicate|address|discuss|describe|explain|disclose|clarify|tell us)\w*\b"
    ),
    rf"\b(?:none|neither) of (?:the |these )?(?:\w+ )?{_CONTEXT}\b",
    (
        rf"\b(?:is|are|was|were|isn[’']t|aren[’']t|wasn[’']t|weren[’']t) (?:not )?(?:\w+ )?"
        rf"(?:mentioned|stated|specified|given|provided|covered|addressed|described|discussed|included|contained|listed|"
        rf"available|found|disclosed|explained|answered|set out)\b(?=.{{0,60}}\b(?:in|by|from)\b.{{0,30}}{_CONTEXT})"
    ),
    r"\b(?:it|this|that) (?:is|isn[’']t|remains) (?:not (?:clear|known|stated|specified|mentioned|given|possible)|unclear|unknown)\b",
    r"\b(?:don[’']t|do not|doesn[’']t) have (?:\w+ )?(?:enough |sufficient |any |that |this |the )?(?:information|data|answer|details?|context)\b",
    r"\bthere (?:is|are)(?: no|n[’']t any| not any| not enough) (?:\w+ ){0,2}(?:information|mention|details?|answer|statement|data)\b",
    (
        r"\b(?:is|are|was|were)(?: not|n[’']t| nowhere) (?:mentioned|stated|specified|disclosed|named|explained|indicated)"
        r"(?: (?:there|here|anywhere|either))?[.!]?\Z"
    ),
    r"\bnothing (?:is|was) (?:said|mentioned|stated)\b|\bbut not (?:by whom|whom?|when|where|why|how|what|which)\b",
    rf"\bbut (?:they |it )?(?:do(?:es)?n[’']?t|do(?:es)? not|did(?:n[’']t| not)) {_SAY}\b",
    r"\bsays? nothing (?:about|of|on)\b|\bmakes? no mention\b|\bis silent (?:on|about)\b|\bleaves? (?:this|that|it) open\b",
)
_OTHER: Final = (
    # German
    r"\b(?:ich|wir) (?:weiß|weiss|wissen) (?:es |das |die antwort )?(?:leider )?nicht\b|\bdas (?:weiß|weiss) ich (?:leider )?nicht\b",
    (
        r"\b(?:geht|gehen|lässt sich|lassen sich|wird|werden|ist|sind|steht|stehen|enthält|enthalten|nennt|nennen|sagt|sagen|gibt|"
        r"geben|kann|macht|machen)\b.{0,80}\b(?:nicht (?:hervor|beantwort\w*|entnehmen|genannt|erwähnt|angegeben|enthalten|sagen|"
        r"beantworten|bekannt)|keine (?:angaben?|informationen?|auskunft|aussage|antwort)|nichts)\b"
    ),
    r"\bkeine (?:angaben?|informationen?|auskunft)\b",
    # French
    r"\bje ne (?:sais|peux|connais) pas\b|\b(?:ne (?:mentionne|précise|dit|disent|contien|donne|fourni|indique|parle)\w*|n[’'](?:indique|est|a|ont|évoque)\w*)\b.{0,20}\b(?:pas|aucun\w*|rien)\b",
    # Spanish, Portuguese, Italian
    r"\bno (?:lo )?(?:sé|puedo (?:responder|contestar|decir))\b|\bno (?:se )?(?:menciona|indica|dice|especifica|contiene|proporciona|aparece|ofrece|consta)\w*\b",
    r"\bnão (?:sei|posso (?:responder|dizer)|(?:se )?(?:menciona|indica|diz|especifica|contém|informa|há informaç))\w*\b",
    r"\bnon (?:lo )?(?:so|posso rispondere|(?:viene |è )?(?:menziona|indica|dice|specifica|contien|riporta)\w*)\b",
    # Russian
    r"(?:я )?не (?:знаю|могу (?:ответить|сказать)|указан\w*|упомина\w*|содерж\w*|сказано)|нет (?:информации|данных|сведений|ответа)",
    # Chinese, Japanese, Korean
    r"(?:我)?(?:不知道|无法(?:回答|确定|得知)|無法(?:回答|確定)|没有(?:提到|提及|说明|相关|给出)|未(?:提及|提到|说明|注明)|沒有提)",
    (
        r"(?:分かりません|わかりません|不明です|記載(?:が|は)(?:ありません|ない)|記載されていません|書かれていません|答えられません|お答えできません|"
        r"言及(?:が|は)?(?:ありません|されていません)|情報(?:が|は)(?:ありません|含まれていません))"
    ),
    r"(?:모르겠습니다|알 수 없습니다|답(?:변)?할 수 없습니다|언급(?:되어|돼)? ?(?:있지 않|없)|나와 있지 않|정보가 없습니다|명시되어 있지 않)",
    # Hindi, Bengali, Arabic, Turkish, Indonesian, Urdu
    r"(?:मुझे )?(?:नहीं पता|पता नहीं|मालूम नहीं)|(?:उल्लेख|जानकारी|उत्तर|बताया)[^।]{0,30}नहीं",
    r"(?:আমি )?জানি না|উল্লেখ (?:নেই|করা হয়নি)|তথ্য নেই|বলা (?:নেই|হয়নি)",
    r"لا (?:أعرف|أعلم|أدري|يمكنني|تذكر|يذكر|تحتوي|يحتوي|توجد|يوجد|تتضمن|يتضمن)|لم (?:يُذكر|يذكر|تذكر|يرد|ترد)",
    r"\bbilmiyorum\b|\bbelirtilmemiş\w*\b|\bbilgi yok\b|\b(?:saya )?tidak (?:tahu|dapat menjawab|disebutkan|ada informasi)\b|معلوم نہیں",
)
_NOT_MINE: Final = re.compile(
    r"\bsorry (?:to hear|for (?:your|the) (?:loss|inconvenience|delay|trouble))", re.IGNORECASE
)
_PASSIVE: Final = re.compile(r"\b(?:not|n[’']t|isn[’']t|aren[’']t|wasn[’']t|weren[’']t)\b", re.IGNORECASE)
_TURN: Final = re.compile(
    r"(?:[,;:–—]|\.\.\.)\s*(?:but|however|though|although|yet|aber|jedoch|doch|mais|toutefois|pero|sin embargo|mas|porém|ma|"
    r"но|однако)\b|\b(?:but|however|although|aber|jedoch)\b(?=,? (?:it|they|the|in|on|generally|typically|usually|from))|"
    r"(?:但是?|不过|しかし|ただし|하지만|لكن|लेकिन)",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“«「][^\"”»」\n]{0,400}[\"”»」]|(?<!\w)[‘'][^’'\n]{3,200}[’'](?!\w)")
_OUTSIDE: Final = re.compile(
    r"\b(?:generally|typically|usually|in general|commonly|that said|based on (?:my )?general|from (?:my )?"
    r"general|as far as i know|i (?:would |can )?(?:guess|assume|believe|think|suspect)|it is (?:likely|possible)|"
    r"probably|presumably|allgemein|üblicherweise|normalerweise|en général|normalmente|generalmente|обычно|一般|通常)\b|一般|通常",
    re.IGNORECASE,
)
_HINTS: Final = (
    "not", "n't", "no ", "cant", "dont", "doesnt", "didnt", "unable", "never", "nowhere", "fail", "none", "neither", "sorry",
    "insufficient", "too little", "impossible", "unclear", "unknown", "nothing", "silent", "it open", "this open", "that open", "afraid", "nicht", "kein",
    " ne ", "n'", "non ", "bilmiyorum", "bilgi yok", "belirtil", "tidak", "mentioned",
)  # fmt: skip
"""Every pattern needs one of these, or a letter beyond ASCII."""
_MIN_SAID: Final = 4
"""Fewer words than this beside a refusal say nothing of their own."""


@cache
def _patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in (*_ENGLISH, *_OTHER)), re.IGNORECASE)


@lru_cache(maxsize=64)
def refusal_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return the stretches that decline, in order: whole sentences, or their part before a turn ("…, but …").

    >>> text = "I don’t know. The pump starts at nine."
    >>> [text[a:b] for a, b in refusal_spans(text)]
    ['I don’t know.']
    """
    found: list[tuple[int, int]] = []
    quoted: list[tuple[int, int]] | None = None
    for segment in segments(text):
        sentence, origins = flattened(text[segment.start : segment.end])
        if not _may_decline(sentence):
            continue
        if quoted is None:
            quoted = [m.span() for m in _QUOTED.finditer(text)] if len(text) > _MIN_SAID else []
        for match in _patterns().finditer(sentence):
            at = segment.start + origins[match.start()]
            if any(start <= at < end for start, end in quoted) or not _negative(match.group()):
                continue
            if _NOT_MINE.search(sentence[max(0, match.start() - 5) :][:60]):
                continue
            turn = _TURN.search(sentence, match.end())
            end = segment.start + origins[turn.start()] if turn else segment.end
            found.append((segment.start, end))
            break
    return tuple(found)


def _may_decline(sentence: str) -> bool:
    """Say quickly that a sentence in English has none of the words without which no pattern matches."""
    folded = f" {sentence.lower()}"
    return not sentence.isascii() or any(hint in folded for hint in _HINTS)


def _negative(said: str) -> bool:
    """Refuse a passive ("is mentioned in the passages") that has no negation in it."""
    passive = re.match(r"(?:is|are|was|were) (?!silent)", said, re.IGNORECASE)
    return passive is None or _PASSIVE.search(said) is not None


def response(text: str) -> Response:
    """Say what kind of response a text is.

    *answered*: it declines nothing. *refused*: it declines and says nothing else of its own. *hedged*: it declines
    and then answers all the same, from general knowledge. *partial*: it answers some and declines the rest.
    *undetermined*: it is empty.

    >>> [response(t) for t in ("Five days.", "I don't know.", "", "I don't know. Usually it is about five days long.")]
    ['answered', 'refused', 'undetermined', 'hedged']
    """
    if not any(token.kind for token in tokens(text)):
        return "undetermined"
    declining = refusal_spans(text)
    if not declining:
        return "answered"
    before, after = 0, 0
    rest: list[str] = []
    for segment in segments(text):
        if segment.kind == "heading" or text[segment.start : segment.end].endswith(("?", "？", "؟")):
            continue
        inside = [span for span in declining if span[0] < segment.end and segment.start < span[1]]
        start = max((end for _, end in inside), default=segment.start)
        said = flattened(text[start : segment.end])[0]
        count = sum(1 for _ in tokens(said))
        explains = segment.start > declining[0][0] and _EXPLAINS.match(said) is not None
        if count < _MIN_SAID or _courtesy(said) or explains:
            continue
        rest.append(said)
        if segment.start < declining[0][0]:
            before += count
        else:
            after += count
    if before + after == 0:
        return "refused"
    outside = any(_OUTSIDE.search(said) for said in rest)
    return "hedged" if before == 0 and outside else "partial"


_EXPLAINS: Final = re.compile(
    rf"\W*(?:the only \w+|the|these|they|it|my) (?:\w+ )?(?:{_CONTEXT} )?(?:only |just )?(?:give|cover|mention|say|name|describe|discuss|speak|list|contain)\w*\b",
    re.IGNORECASE,
)
"""After a refusal, a sentence on what the passages do hold explains it and answers nothing."""

_COURTESY: Final = re.compile(
    r"\W*(?:i(?:[’']m| am) sorry|sorry|please|if you|feel free|let me know|you (?:may|might|could|can|should) (?:want to )?"
    r"(?:check|contact|consult|ask|refer|try)|i (?:would |[’']d )?(?:recommend|suggest|advise)|contact|for more|to (?:find|get) |"
    r"therefore,? i|so,? i|as (?:a result|such),? i|could you|would you|bitte|veuillez|por favor|пожалуйста|请|ご確認)",
    re.IGNORECASE,
)


def _courtesy(said: str) -> bool:
    return _COURTESY.match(said) is not None
