"""Find where a text declines to answer, and say what kind of response the whole is.

Sentences are cut into clauses ("…, but …", "Price: …"); a clause declines when it says that the answer is not known, not
given or can't be given (`harness.text.declining` has the words). What is quoted, what stands under a condition ("if you
cannot find it, …") and "I'm sorry to hear that …" do not decline. What else the text says decides between the classes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.declining import CONTEXT, declines, spoken
from harness.text.sentences import segments
from harness.text.words import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.records import Response

__all__ = ["asked_refusals", "asked_strings", "refusal_spans", "response"]

_TURN: Final = re.compile(
    r"(?=[\s,;:，；])(?:;(?=\s)|；|\s[–—](?=\s)|:(?=[\s*_])|,\s+(?=[^,;]{0,60}\b(?:jedoch|allerdings)\b)|"
    r"(?<!sorry)(?<!sorry,),?\s+(?=(?:but|although|though|even though|whereas|nevertheless|mais|cependant|toutefois|en revanche|pero|aunque|"
    r"sin embargo|porém|contudo|però|tuttavia|echter|لكن\w*|ولكن\w*|إلا أن|लेकिन|परंतु|किंतु|কিন্তু|তবে|لیکن|مگر|tetapi|namun|tapi|ancak|ama|fakat)(?!\w))|"
    r",?\s+(?=however\b(?!,? (?:is|are|was|were|does|do|did|not|cannot|can|has|have)\b))|"
    r",\s+(?=(?:yet|while|still|aber|doch|obwohl|bien que|mas|embora|ma|anche se|maar|hoewel|ale|jednak|lecz|choć|но|однако|хотя)\b))"
)
_TURN_UNSPACED: Final = re.compile(
    r"[,，、]?(?=但是?|不过|不過|然而|しかし|ただし|但し)|(?<=[がど]、)|(?<=지만)(?=[\s,])|(?<=으나)(?=[\s,])"
)
"""Where one clause ends and another begins, which may say the opposite of the first."""
_AND: Final = re.compile(r",?\s+and\s+|,\s+")
_COMMA: Final = re.compile(r"[,，]\s*")
_VERB: Final = re.compile(r"\b(?:is|are|was|were|has|have|had|can|will|may|must|\w{2,}ed|\w{3,}s)\b")
_CONCESSION: Final = re.compile(
    r"\W*(?:(?:but|and) )?(?:while|although|though|even (?:though|if)|whereas|since|as|because|obwohl|da|bien que|même si|aunque|"
    r"embora|sebbene|anche se|hoewel|choć|chociaż|хотя|虽然|雖然|尽管)\b",
)
_CONDITION: Final = re.compile(
    r"\W*(?:(?:and|or|but|so) )?(?:if|in case|unless|whenever|when (?:you|no|the (?:\w+ )?(?:value|option|context|passages?|documents?))|wenn|falls|"
    r"sofern|si(?! no se)|se (?=\w+ (?:não|non))|cuando no|quando (?:não|non)|als (?=(?:er|je|u|de|het)\b)|jeśli|jeżeli|если|如果|若|もし|만약|"
    r"अगर|यदि|যদি|إذا|اگر|jika|kalau|eğer)\b",
)
_IF: Final = re.compile(r"(?<!as )(?<!ask )(?<!know )(?<!say )(?<!determine )\b(?:if|unless|in case)\b")
_QUOTED: Final = re.compile(r"[\"“«„「][^\"”»“」\n]{0,400}[\"”»“」]|(?<!\w)[‘'][^’'\n]{3,200}[’'](?!\w)")
_STRAIGHT: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " "})
_OUTSIDE: Final = re.compile(
    r"\b(?:generally|typically|usually|in general|commonly|normally|(?:in|for) most|most \w+ (?:charge|require|have|offer|use)|in practice|"
    r"(?:based on|from|outside of|outside) (?:my |them|the (?:passages|context|text)|general|common)\b|my (?:own )?(?:general )?knowledge|"
    r"as far as i (?:know|recall)|to (?:the best of )?my knowledge|i (?:would |can |could |do |'d )?(?:\w+ )?(?:guess|assume|believe|think|suspect|suppose|imagine)|"
    r"my (?:best )?guess|it(?:'s| is) (?:\w+ly )?(?:\w+ )?(?:likely|possible|probable|important|recommended|advisable|best|known|safe|a good idea|necessary)|"
    r"(?:safe|reasonable) to assume|probably|presumably|likely|perhaps|possibly|maybe|(?:might|could|may|would) be|one (?:could|would|might|can|may)|"
    r"you (?:can|could|may|might|should|would|will|need)|you'd|in reality|in fact|other sources|i (?:can |would |'d )?(?:suggest|recommend)|"
    r"allgemein|üblicherweise|normalerweise|in der regel|vermutlich|wahrscheinlich|meines wissens|ich (?:denke|glaube|vermute|schätze)|meist(?:ens)?|soweit ich weiß|"
    r"en général|généralement|d'habitude|habituellement|probablement|sans doute|à ma connaissance|je (?:pense|crois|suppose)|normalement|"
    r"normalmente|generalmente|en general|por lo general|probablemente|que yo sepa|hasta donde sé|creo que|supongo|pienso|quizás?|suele|"
    r"geralmente|em geral|provavelmente|pelo que sei|até onde sei|acho que|acredito|penso|talvez|costuma|"
    r"di solito|in genere|probabilmente|per quanto ne so|a quanto ne so|credo|penso|suppongo|forse|"
    r"meestal|gewoonlijk|doorgaans|waarschijnlijk|voor zover ik weet|ik (?:denk|geloof|vermoed)|normaal|"
    r"zazwyczaj|zwykle|prawdopodobnie|o ile wiem|myślę|sądzę|chyba|"
    r"biasanya|umumnya|mungkin|setahu saya|sejauh yang saya|saya (?:kira|rasa|pikir)|"
    r"genellikle|genelde|sanırım|muhtemelen|galiba|bildiğim kadarıyla|normalde)\b|"
    r"\b(?:обычно|как правило|вероятно|наверное|насколько (?:мне известно|я знаю)|думаю|полагаю|скорее всего|возможно,)|"
    r"一般(?:来说|而言|来讲|的に|には)?|通常|据我所知|我认为|我觉得|我想|可能是?|大概|应该是|思います|おそらく|たぶん|私の知る限り|普通は|ふつう|推測|"
    r"일반적으로|보통|아마|제가 알기로|것 같습니다|생각합니다|추측|आमतौर पर|शायद|मेरे विचार|मेरे ख़?याल|जहाँ तक मुझे|संभवतः|सामान्यतः|"
    r"সাধারণত|সম্ভবত|আমার মনে হয়|আমার জানা মতে|হয়তো|عادة|عادةً|غالب|أعتقد|أظن|ربما|على حد علمي|من المحتمل|عموم|"
    r"عام طور پر|شاید|میرا خیال|میرے خیال|غالباً|جہاں تک مجھے",
)
"""What marks an answer that comes from outside the passages: habit, guess, own knowledge, advice."""
_SOURCED: Final = re.compile(
    rf"\b(?:it|they|{CONTEXT}) (?:does |do |also |only )*(?:mention|state|say|provide|recommend|note|explain|suggest|indicate|describe|give|list|warn|name)s?\b|"
    rf"\baccording to (?:the |this |these )?(?:\w+ )?{CONTEXT}|\bit is (?:mentioned|stated|said) (?:that|in)\b"
)
"""What marks that the answer goes on from the passages after all."""
_GUESS: Final = re.compile(
    r"\b(?:probably|presumably|my (?:best )?guess|as far as i know|to my knowledge|i (?:think|believe|suspect|guess|assume)|maybe|perhaps|"
    r"vermutlich|wahrscheinlich|meines wissens|probablement|probablemente|provavelmente|probabilmente)\b",
)
_COURTESY: Final = re.compile(
    r"\W*(?:(?:however|so|therefore|thus|but|and|also|still|instead|in this case|in that case|unfortunately|alternatively|for (?:this|that|more|further)\b[^,]{0,60}),? )*"
    r"(?:(?:i(?:'m| am) )?(?:so |very |really )?sorry|my apologies|apologies|i apologi[sz]e|please|if you|feel free|let me know|"
    r"(?:(?:you|it) (?:may|might|could|can|should|would|will|is|need)(?: \w+){0,3} |i (?:would |can |'d |could |do )?(?:only )?(?:recommend|suggest|advise)(?: that)?(?: you)? |it (?:is|would be) (?:\w+ )?(?:recommended|best|advisable|a good idea|helpful|suggested|necessary)(?: that)?(?: you)? (?:to )?)(?:be )?(?:(?:find|get) (?:\w+ ){0,5}(?:in|from|by|at) |to |try |want to |need to |referring |)?(?:(?:contact|consult|ask|refer|reach|visit|call|speak|seek|provid)\w*|(?:check|look|search|review|verify)\w*\b.{0,60}\b(?:manual|guide|website|documentation|documents?|manufacturer|dealer|sources?|office|authorit\w+|department|professional|expert|support|online|official|passages?|context))|"
    r"contact|consult|refer to|for more|to (?:find|get|answer|determine|obtain|know) |therefore,? i|so,? i|"
    r"as (?:a result|such|an ai\b[^,]{0,40}),? |could you|would you|can you|do you|more (?:information|context|details?)|additional|further (?:information|details)|i(?:'m| am) (?:here|happy|glad)|i (?:hope|would need|need)|"
    r"i (?:do )?only have access|i can only answer|"
    r"es tut mir leid|tut mir leid|leider|entschuldig|bitte|wenden sie|désolé|je suis désolé|veuillez|lo siento|disculp|por favor|desculpe|sinto muito|mi dispiace|"
    r"siamo spiacenti|sorry|helaas|przepraszam|niestety|извините|к сожалению|простите|пожалуйста|抱歉|对不起|很抱歉|请|申し訳|すみません|恐れ入り|ご確認|"
    r"죄송|क्षमा|माफ़|দুঃখিত|عذر|آسف|معذرت|maaf|mohon maaf|üzgünüm|maalesef|kusura)",
)
_EXPLAINS: Final = re.compile(
    r"\W*the only \w+ (?:\w+ ){0,3}(?:is|are|concerns?|relates?)\b|"
    rf"\W*(?:(?:instead|rather|but|while|although|though|however|they|it|unfortunately),? )?(?:(?:the |these |this |my |your |all )?(?:\w+ ){{0,2}}?(?:{CONTEXT}|manual|handbook|leaflet|report|timetable|guide|page)(?: (?:above|provided|given|you \w+))*|they|it) (?:do(?:es)? )?"
    r"(?:(?:only|just|mainly|mostly|merely|simply) (?:\w+ )?\w+|(?:is|are) (?:\w+ )?about(?! (?:\d|a |an |half|two|three|four|five|six|seven|eight|nine|ten|twenty))|(?:describe|discuss|cover|talk|focus|deal|concern|relate|refer|pertain|mention|speak|touch|cover)(?:s|es)?\b(?! that\b)|"
    r"(?:provide|contain|give|include|offer|ha(?:ve|s))s? (?:\w+ ){0,2}(?:information|details|instructions|data|guidance|advice|an overview|facts|examples) (?:about|on|of|regarding|for))",
)
"""A clause on what the sources are about explains a refusal and answers nothing."""
_HOLDS: Final = re.compile(
    rf"\W*(?:the |these |this )?(?:\w+ ){{0,2}}?(?:{CONTEXT}|manual|handbook|leaflet|report) (?:only )?(?:name|give|hold|list|show|quote|contain|provide|offer)s?\b(?! that\b)"
)
"""A clause on what the sources have, before one that says what they have not: "The passages name the day, but not why"."""
_LEAD: Final = re.compile(
    r"\W*(?:based on|according to|from|in|given|as per|regarding|concerning|as for|with regard to|bezüglich|laut|nach|selon|d'après|según|segundo|secondo|volgens|по|根据|根據)\b[^.]*\Z"
    r"|\W*(?:answer|response|final answer|antwort|réponse|respuesta|resposta|risposta|regarding \w+ \w+|the (?:first|second|other) (?:part|question) can be answered)\W*\Z"
    r"|\W*(?:yes|no|unfortunately|sorry|hmm+|well|however|also|leider|malheureusement|lamentablemente|infelizmente|purtroppo)\W*\Z",
)
"""Words before a refusal that say nothing of their own: "Based on the passages, …", "Answer: …"."""
_EMPTY: Final = re.compile(
    r"\W*(?:sure|certainly|of course|okay|ok|hello|hi|hey|great question|good question|thank(?:s| you)\b.{0,40}|how can i help.{0,30}|let me (?:check|look|see)\b.{0,60}|"
    r"here (?:is|are)\b[^.]{0,60}:|(?:vielen )?dank\b.{0,40}|merci\b.{0,40}|¡?(?:muchas )?gracias\b.{0,40}|(?:muito )?obrigad[oa]\b.{0,40}|grazie\b.{0,40}|bedankt\b.{0,40}|dziękuję\b.{0,40}|"
    r"спасибо\b.{0,40}|谢谢.{0,12}|謝謝.{0,12}|(?:ご質問)?(?:、)?ありがとう.{0,12}|(?:\S+ )?질문해? ?.{0,4}감사.{0,10}|감사합니다|.{0,30}धन्यवाद|ধন্যবাদ.{0,30}|.{0,30}জন্য ধন্যবাদ|شكر\S*\b.{0,30}|شکریہ.{0,20}|terima kasih\b.{0,40}|teşekkür.{0,30})\W*\Z",
)
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
    """A clause: `text[start:end]`, and whether it declines."""

    start: int
    end: int
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
        return "answered" if any(_says(text[clause.start : clause.end]) for clause in clauses) else "undetermined"
    folded = _folded(text)
    first = next(clause.start for clause in clauses if clause.declines)
    before = after = outside = sourced = False
    for clause, following in zip(clauses, (*clauses[1:], None), strict=True):
        if clause.declines or not _adds(folded, clause):
            continue
        turned = following is not None and following.declines and following.start == clause.end
        if turned and _HOLDS.match(folded, clause.start):
            continue
        marks = _OUTSIDE if clause.start > first else _GUESS
        marked = marks.search(folded, clause.start, clause.end) is not None
        outside = outside or marked
        sourced = sourced or (clause.start > first and _SOURCED.search(folded, clause.start, clause.end) is not None)
        before = before or (clause.start < first and not marked)
        after = True
    if not after:
        return "refused"
    return "hedged" if outside and not (before or sourced) else "partial"


def _folded(text: str) -> str:
    """Return the text in lower case and with straight apostrophes, every character where it was."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_STRAIGHT)
    lowered = plain.lower()
    return lowered if len(lowered) == len(plain) else plain


def _says(clause: str) -> bool:
    """Say whether a clause of a text that declines nothing is more than a greeting, a question or an announcement."""
    said = clause.strip()
    return not said.endswith(_QUESTION) and (len(said) > _MAX_GREETING or _EMPTY.match(_folded(said)) is None)


def _adds(folded: str, clause: _Clause) -> bool:
    """Say whether a clause beside a refusal says something of its own."""
    said = folded[clause.start : clause.end].strip()
    found = tokens(said)
    numbers = any(token.kind == "number" for token in found)
    if len(found) < (_MIN_FIGURES if numbers else _MIN_SAID) or said.endswith(_QUESTION):
        return False
    return not any(rule.match(said) for rule in (_COURTESY, _EXPLAINS, _LEAD, _EMPTY))


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
        if not asked and not any(part in sentence for _, told_by in languages for part in told_by):
            found.append(_Clause(segment.start, segment.end, declines=False))
            continue
        for start, end in _cut(folded, segment.start, segment.end):
            clause = folded[start:end]
            if asked and _bare(clause) in asked:
                found.append(_Clause(start, end, declines=True))
            elif declines(clause, 0, languages) is None:
                found.append(_Clause(start, end, declines=False))
            else:
                quoted = [m.span() for m in _QUOTED.finditer(text)] if quoted is None else quoted
                found.extend(_declining(folded, start, end, quoted))
    return tuple(found)


def _cut(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence."""
    turns = [turn.end() for turn in _TURN.finditer(folded, start, end)]
    if not folded.isascii():
        turns = sorted([*turns, *(turn.end() for turn in _TURN_UNSPACED.finditer(folded, start, end))])
    at = start
    for turn in turns:
        if turn > at and folded[at:turn].strip():
            yield at, turn
            at = turn
    if at < end:
        yield at, end


def _declining(folded: str, start: int, end: int, quoted: list[tuple[int, int]]) -> Iterator[_Clause]:
    """Yield the parts of a clause in which declining words stand: what is said before, the refusal, what follows."""
    clause = folded[start:end]
    found = declines(clause)
    while found is not None and any(a <= start + found[0] < b for a, b in quoted):
        found = declines(clause, found[1])
    if found is None or _CONDITION.match(clause) or _IF.search(clause, 0, found[0]):
        yield _Clause(start, end, declines=False)
        return
    conceded = _CONCESSION.match(clause) is not None
    begin = start if conceded else start + _joined_on(clause, found[0])
    if begin > start:
        yield _Clause(start, begin, declines=False)
    comma = _COMMA.search(folded, start + found[1], end) if conceded else None
    stop = comma.end() if comma else end
    yield _Clause(begin, stop, declines=True)
    if stop < end:
        yield _Clause(stop, end, declines=False)


def _joined_on(clause: str, match: int) -> int:
    """Return where the refusal begins in "The tower is 84 m high and its architect is not named": after the "and"."""
    begin = 0
    for cut in _AND.finditer(clause, 0, match + 1):
        if _VERB.search(clause, begin, cut.start()) and declines(clause[cut.end() :]):
            begin = cut.end()
    return begin
