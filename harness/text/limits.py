"""Read length limits out of a prompt, and write them into one.

"In less than 400 words", "no more than three sentences", "100-200 words", "höchstens 50 Wörter", "200+ words", "45 words
or less", "exactly 3 paragraphs", "about 80 words" (10% to either side), and several of them at once. What limits a part
only ("each paragraph", "words in capital letters") is passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.records import Limits
from harness.text.numbers import quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["UNITS", "around", "conflicting_limits", "limit_sentences", "stated_limits"]

UNITS: Final = {
    "words": r"words?|wörtern?|worten?|palabras?|mots?|parol[ae]|palavras?|woorden|słów|слов[аоу]?|kata|kelime",
    "sentences": r"sentences?|sätzen?|satz|frases?|phrases?|oracion(?:es)?|frasi|zinnen|zdań|предложени\w+|kalimat|cümle",
    "characters": r"characters?|chars?|zeichen|caracteres?|caractères?|caratteri|tekens|znaków|символ\w+|karakter",
    "paragraphs": r"paragraphs?|sections?|stanzas?|parts|absätzen?|absatz|párrafos?|paragraphes?|parágrafos?|paragrafi|alinea's",
    "items": r"(?:bullet points?|bullets?|list items?|items?|points|stichpunkten?|stichpunkt|puntos|puces|elementi)",
}
"""What is counted, and how it is called."""
_ASIAN: Final = {
    "characters": r"个?字符?|文?字|글자|자",
    "words": r"个?(?:单?词|單詞)|語|단어",
    "sentences": r"句话?|文|문장",
    "paragraphs": r"段落?|段|문단",
}
_SPELLED: Final = {
    word: number
    for number, words in enumerate(
        (
            "a one single ein eine einem einen un una une um uma uno een", "two zwei dos deux dois duas due twee", "three drei tres trois três tre drie",
            "four vier cuatro quatre quatro quattro", "five fünf cinco cinq cinque vijf", "six sechs seis sei zes", "seven sieben siete sept sete sette zeven",
            "eight acht ocho huit oito otto", "nine neun nueve neuf nove negen", "ten zehn diez dix dez dieci tien", "eleven elf", "twelve zwölf doce douze",
        ),
        start=1,
    )
    for word in words.split()
} | {"fifteen": 15, "twenty": 20, "zwanzig": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "hundert": 100}  # fmt: skip
_N: Final = rf"(?:\d[\d.,]*\d|\d|(?:{'|'.join(_SPELLED)})(?: hundred)?(?!\w))"
_U: Final = "|".join(f"(?P<{name}>{words})" for name, words in UNITS.items())
_GAP: Final = r"[\s-]*(?:(?:full|complete|short|english|whole|ganze[nr]?|vollständige[nr]?|markdown)\s+)?"
_UNIT: Final = rf"{_GAP}(?:{_U})(?!\w)"
_TO: Final = r"(?:-|–|—|to|and|or|bis|und|oder|à|et|ou|y|o|a|e|tot|en|до|и)"
_BELOW: Final = r"less than|fewer than|under|below|shorter than|weniger als|unter|menos de|moins de|meno di|minder dan|mniej niż|mniej niz|менее|меньше|kurang dari"
_MOST: Final = (
    r"at (?:the )?most|no more than|not more than|up to|(?:a )?maximum(?: of)?|max\.?|within|not exceed(?:ing)?|no longer than|not? longer than|"
    r"(?:limit(?:ed)?|keep|restrict(?:ed)?|cut|reduce)(?: (?:it|this|your (?:\w+ )?(?:answer|response|reply|text)|the (?:\w+ )?(?:answer|response|reply|length|text)|down|yourself))*(?: to)?|limit of|in|höchstens|maximal|nicht mehr als|bis zu|"
    r"como máximo|no más de|máximo(?: de)?|hasta|au (?:plus|maximum)|pas plus de|maximum de|en|no máximo|não mais (?:de|do que)|al massimo|non più di|hoogstens|niet meer dan|najwyżej|nie więcej niż|не более(?: чем)?|не больше|maksimal|paling banyak|en fazla"
)
_ABOVE: Final = r"more than|over|above|longer than|greater than|mehr als|über|más de|plus de|mais de|più di|meer dan|więcej niż|более|больше|lebih dari"
_LEAST: Final = (
    r"at least|no fewer than|no less than|not less than|(?:a )?minimum(?: of)?|min\.?|mindestens|wenigstens|al menos|por lo menos|como mínimo|au moins|"
    r"pelo menos|no mínimo|almeno|minstens|ten minste|co najmniej|przynajmniej|не менее(?: чем)?|не меньше|minimal|setidaknya|en az"
)
_EXACT: Final = (
    r"exactly|precisely|genau|exactamente|exactement|exatamente|esattamente|precies|dokładnie|ровно|tepat|tam olarak"
)
_ABOUT: Final = r"about|around|approximately|roughly|circa|ca\.|some|etwa|ungefähr|rund|environ|aproximadamente|alrededor de|unos|unas|cerca de|ongeveer|około|около|примерно|sekitar|yaklaşık"
_PLAIN: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("range", rf"(?<![\w.])(?P<low>{_N})\s*{_TO}\s*(?P<high>{_N})(?:{_UNIT})"),
        ("range", rf"\bnumber of (?:{_U})\b[^.\n]{{0,60}}?(?P<low>{_N})\s*{_TO}\s*(?P<high>{_N})(?!\w)"),
        ("exact", rf"\b(?:{_EXACT})\s+(?P<n>{_N}){_UNIT}"),
        ("least", rf"\bnumber of (?:{_U})\b[^.\n]{{0,60}}?(?P<n>{_N})\s*(?:\+|or more)"),
        ("most", rf"\bnumber of (?:{_U})\b[^.\n]{{0,60}}?(?P<n>{_N})\s*or (?:less|fewer)"),
        ("most", rf"(?<![\w.])(?P<n>{_N})\s*or (?:less|fewer|under)\s+(?:{_U})(?!\w)"),
        ("most", rf"(?<![\w.])(?P<n>{_N}){_UNIT}\s*(?:or\s+(?:less|fewer|under)|,?\s*(?:max(?:imum)?|at most|tops|höchstens|oder weniger|o menos|ou moins|ou menos|o meno)\b)"),
        ("least", rf"(?<![\w.])(?P<n>{_N})(?:\s*\+|\s+or more|\s+oder mehr|\s+o más|\s+ou plus){_UNIT}"),
        ("least", rf"(?<![\w.])(?P<n>{_N}){_UNIT}\s*(?:or (?:more|longer)|,?\s*(?:minimum|at least)\b|oder mehr|o más|ou plus)"),
        ("most", rf"(?:\b(?:not|never|nothing|avoid|no)|n['’]t)\b[^.,;\n]{{0,40}}?\b(?:longer|more) than\s+(?P<n>{_N}){_UNIT}"),
        ("below", rf"\b(?:{_BELOW})\s+(?:a |the )?(?:total of )?(?P<n>{_N}){_UNIT}"),
        ("least", rf"\b(?:{_LEAST})\s+(?:a |the )?(?:total of )?(?P<n>{_N}){_UNIT}"),
        ("above", rf"(?<!no )(?<!not )(?<!any )(?<!anything )(?<!nothing )(?<!не )(?<!nicht )(?<!pas )(?<!não )(?<!non )(?<!niet )(?<!nie )\b(?:{_ABOVE})\s+(?:a |the )?(?:total of )?(?P<n>{_N}){_UNIT}"),
        ("about", rf"(?:\b(?:{_ABOUT})\s+|~\s*)(?P<n>{_N}){_UNIT}"),
        ("most", rf"\b(?:{_MOST})\s+(?:a |the )?(?:total of )?(?P<n>{_N}){_UNIT}"),
        ("most", r"\b(?:word|sentence|character) (?:limit|maximum)\s*(?:of|is|:)?\s*(?P<n>\d[\d,]*)"),
        ("least", r"(?<![\w.])(?P<n>\d[\d,]*)-(?P<words>word)(?!\w)"),
        ("exact", rf"(?:\b(?P<n>{_N})[\s-]+(?P<paragraphs>paragraph|section|stanza)(?!\w)|\b(?:separate|break|divide|split|with|into|have)\b[^.\n]{{0,60}}?\b(?P<m>{_N})\s+parts\b)"),
    )
)  # fmt: skip
_UNSPACED: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern.replace("UNIT", "(?:" + "|".join(f"(?P<{n}>{w})" for n, w in _ASIAN.items()) + ")")))
    for kind, pattern in (
        ("range", r"(?P<low>\d+)\s*(?:-|–|~|～|到|至|から|에서)\s*(?P<high>\d+)\s*UNIT"),
        (
            "most",
            r"(?:不超过|不超過|至多|最多|不多于|控制在)\s*(?P<n>\d+)\s*UNIT|(?P<n2>\d+)\s*UNIT2?(?:以内|以內|以下|이내|이하)".replace(
                "UNIT2?", "(?:个?(?:单?词)|句话?|字|文字|語|文|단어|문장|자|글자)"
            ),
        ),
        ("least", r"(?:至少|不少于|最少)\s*(?P<n>\d+)\s*UNIT"),
    )
)
_PART: Final = re.compile(
    r"\b(?:each|every|per|jede\w*|pro|chaque|cada|ogni|elke|każd\w+|кажд\w+)\b[^.;\n]{0,40}$", re.IGNORECASE
)
_PART_AFTER: Final = re.compile(
    r"\s*(?:long )?(?:(?:should |must )?be |appear )?(?:(?:in|with|of) )?(?:all )?(?:capital|caps\b|uppercase|upper case|lowercase|bold|italic)|\s*(?:per|each(?! (?:\w+ )?(?:separated|divided))|in each|in every)\b",
    re.IGNORECASE,
)  # fmt: skip
_DIVIDER: Final = re.compile(r"(?:^[ \t]*|: )\*\*\*[ \t]*$", re.MULTILINE)
_DIVIDED: Final = re.compile(r"\b(?:separat|divid|asterisk|(?:exact|following) format)", re.IGNORECASE)
"""Without one of these words, a line of three asterisks in a prompt is only a rule."""
_THINGS: Final = re.compile(
    rf"(?<![\w.])(?P<n>{_N}) \w+\b[^*\n]{{0,60}}\bseparated? (?:them|each)\b[^\n]{{0,40}}\*\*\*", re.IGNORECASE
)
"""So many things, separated by dividers, are so many paragraphs."""
_LINES: Final = re.compile(
    rf"(?<![\w.])(?P<n>{_N})[ -]lines?\b.{{0,400}}?\beach line\b[^.\n]{{0,40}}\bone sentence\b",
    re.IGNORECASE | re.DOTALL,
)
"""So many lines of one sentence each are so many sentences."""
_NEAR: Final = 0.1
"""How far "about" reaches to either side."""


def around(number: int) -> tuple[int, int]:
    """Return what "about" a number allows: 10% to either side.

    >>> around(80)
    (72, 88)
    """
    return round(number * (1 - _NEAR)), round(number * (1 + _NEAR))


def stated_limits(text: str) -> Limits | None:
    """Return the limits that a prompt states, None if it states none.

    Bounds are strict ("less than") if all of them are; a strict bound among others is written as the next whole number.

    >>> stated_limits("Answer in less than 400 words.").max_words, stated_limits("in less than 400 words").strict
    (400, True)
    >>> stated_limits("Use 100-200 words.").min_words
    100
    >>> stated_limits("Answer well.") is None
    True
    """
    found: dict[str, tuple[int, bool]] = {}
    for unit, low, high, strict in _stated(text):
        for side, bound in (("min", low), ("max", high)):
            if bound is not None and bound > 0:
                found.setdefault(f"{side}_{unit}", (bound, strict))
    if not found:
        return None
    if all(strict for _, strict in found.values()):
        return _limits({key: bound for key, (bound, _) in found.items()}, strict=True)
    inclusive = {key: bound + strict * (1 if key.startswith("min") else -1) for key, (bound, strict) in found.items()}
    return _limits({key: bound for key, bound in inclusive.items() if bound > 0}, strict=False)


def _limits(bounds: Mapping[str, int], *, strict: bool) -> Limits:
    return Limits(
        max_words=bounds.get("max_words"),
        min_words=bounds.get("min_words"),
        max_sentences=bounds.get("max_sentences"),
        min_sentences=bounds.get("min_sentences"),
        max_characters=bounds.get("max_characters"),
        min_characters=bounds.get("min_characters"),
        max_paragraphs=bounds.get("max_paragraphs"),
        min_paragraphs=bounds.get("min_paragraphs"),
        max_items=bounds.get("max_items"),
        min_items=bounds.get("min_items"),
        strict=strict,
    )


def _stated(text: str) -> Iterator[tuple[str, int | None, int | None, bool]]:
    """Yield unit, lower bound, upper bound and whether they are strict; the surer form of words first."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in (*_PLAIN, *(() if text.isascii() else _UNSPACED)):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < b and a < end for a, b in taken) or _of_a_part(text, start, end):
                continue
            groups = match.groupdict()
            unit = next((name for name in UNITS if groups.get(name)), None) or _named(match.group())
            taken.append((start, end))
            if kind == "range":
                yield unit, _value(groups["low"]), _value(groups["high"]), False
                continue
            number = _value(groups.get("n") or groups.get("m") or groups.get("n2") or "0")
            low, high = {
                "most": (None, number), "below": (None, number), "least": (number, None), "above": (number, None),
                "exact": (number, number), "about": around(number),
            }[kind]  # fmt: skip
            yield unit, low, high, kind in {"below", "above"}
    for unit, pattern in (("paragraphs", _THINGS), ("sentences", _LINES)):
        for match in pattern.finditer(text):
            yield unit, _value(match["n"]), _value(match["n"]), False
    dividers = len(_DIVIDER.findall(text))
    if dividers and _DIVIDED.search(text):
        yield "paragraphs", dividers + 1, dividers + 1, False


def _of_a_part(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 60) : start]
    return _PART.search(before) is not None or _PART_AFTER.match(text, end) is not None


def _named(said: str) -> str:
    """Return the unit of "word limit: 50" or "3 parts"."""
    named = {"word": "words", "sentence": "sentences", "character": "characters", "part": "paragraphs"}
    for names, table in ((_ASIAN, True), (named, False)):
        for name, words in names.items():
            if re.search(words if table else name, said, re.IGNORECASE):
                return name if table else words
    return "words"


def _value(number: str) -> int:
    spelled = _SPELLED.get(number.lower())
    if spelled is not None:
        return spelled
    values = quantities(f"{number} x")
    plain = values[0].value if values else "0"
    return int(float(plain)) if plain.replace(".", "", 1).isdigit() else 0


def limit_sentences(limits: Limits) -> str:
    """Write limits as sentences for a prompt; `stated_limits` reads them back.

    >>> limit_sentences(Limits(max_words=80))
    'Answer in at most 80 words.'
    """
    most, least = ("less than", "more than") if limits.strict else ("at most", "at least")
    parts = []
    for unit in UNITS:
        low, high = getattr(limits, f"min_{unit}"), getattr(limits, f"max_{unit}")
        if low is not None and low == high and not limits.strict:
            parts.append(f"exactly {low} {unit}")
            continue
        parts += [f"{bound} {value} {unit}" for bound, value in ((most, high), (least, low)) if value is not None]
    return f"Answer in {' and in '.join(parts)}." if parts else ""


def conflicting_limits(stated: Limits, given: Limits) -> tuple[str, ...]:
    """Say in words on which bounds, that both have, a prompt and a case differ.

    >>> conflicting_limits(Limits(max_words=100), Limits(max_words=80))
    ('the instructions say at most 100 words, `limits` at most 80',)
    """
    found = []
    for unit in UNITS:
        for side, word, step in (("max", "at most", -1), ("min", "at least", 1)):
            one, other = getattr(stated, f"{side}_{unit}"), getattr(given, f"{side}_{unit}")
            if one is None or other is None:
                continue
            one, other = one + step * stated.strict, other + step * given.strict
            if one != other:
                found.append(f"the instructions say {word} {one} {unit}, `limits` {word} {other}")
    return tuple(found)
