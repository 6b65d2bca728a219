"""Numbers, percentages, money, dates and times in text, with normal forms that match across notations.

`quantities("1.5 million")` and `quantities("1,500,000")` carry the same value; so do "3 March 2024" and "2024-03-03",
"five" and "5", "35 %" and "35 percent". A range ("5-7") is two quantities.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["COUNTING", "Quantity", "QuantityKind", "quantities"]

QuantityKind: TypeAlias = Literal["number", "percent", "date", "time", "ordinal"]

_UNITS_BELOW_20 = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_UNITS_BELOW_20)}
_WORDS |= {word: 10 * (n + 2) for n, word in enumerate(_TENS)}
_WORDS |= {"dozen": 12}
_FOREIGN = {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "zwölf": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip
_SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9,
    "trillion": 10**12, "k": 1000, "m": 10**6, "mn": 10**6, "bn": 10**9, "tausend": 1000, "millionen": 10**6,
    "milliarden": 10**9, "mil": 1000, "millones": 10**6, "mille": 1000, "milliards": 10**9, "万": 10**4, "億": 10**8,
    "亿": 10**8, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_ORDINALS = {
    word: n + 1
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
    )
}
_MONTHS = {
    name: n // 5 + 1
    for n, name in enumerate(
        (
            "january jan januar enero janvier february feb februar febrero février march mar märz marzo mars "
            "april apr avr abril avril may mai mayo maí mei june jun juni junio juin july jul juli julio juillet "
            "august aug août agosto augustus september sep septembre septiembre sept october oct oktober octubre octobre "
            "november nov novembre noviembre nowember december dec dezember diciembre décembre"
        ).split()
    )
}
COUNTING = frozenset({*_WORDS, *_FOREIGN, *_ORDINALS, *_MONTHS})
"""Words that may begin a quantity, in lower case; a text with none of them and no digit has no quantities."""
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WORD_NUMBER = "|".join(sorted([*_WORDS, *_FOREIGN], key=len, reverse=True))
_SCALE_WORD = "|".join(sorted((s for s in _SCALES if len(s) > 2), key=len, reverse=True))  # noqa: PLR2004 - k, m, bn glue
_DIGITS = (
    r"\d{1,3}(?:[,\u2009\u202f\u00a0'’ ]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)*"
)
_PATTERN = re.compile(
    rf"""
    (?=[-−\d]|\b\w)(?:  # passes quickly over the inside of words
    (?P<iso>(?<![\d-])\d{{4}}-\d{{2}}-\d{{2}}(?![\d-]))
  | (?P<cjk>(?P<cy>\d{{4}})\s?[年년]\s?(?P<cm>\d{{1,2}})\s?[月월]\s?(?P<cd>\d{{1,2}})\s?[日일号])
  | (?P<dmy>\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?(?P<m1>{_MONTH})\b\.?,?(?:\s+(?:de\s+|del\s+)?(?P<y1>\d{{4}})\b)?)
  | (?P<mdy>\b(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*%|[.,]\d)(?:,?\s+(?P<y2>\d{{4}})\b)?)
  | (?P<time>\b(?P<h>[01]?\d|2[0-3])(?::(?P<min>[0-5]\d)(?::[0-5]\d)?\s*(?P<ap1>[ap]\.?m\b\.?)?|\s*(?P<ap2>[ap]\.?m\b\.?)))
  | (?P<ord>\b(?P<on>\d{{1,4}})(?:st|nd|rd|th)\b|\b(?P<ow>{"|".join(_ORDINALS)})\b)
  | (?P<num>(?<![\w.])(?:[-−](?=\d)(?<![\w\d)][-−]))?(?P<digits>{_DIGITS})(?P<glued>(?:k|m|mn|bn)\b|[万億亿])?
      (?:[\s-]+(?P<scale>{_SCALE_WORD})\b)?)
  | (?P<words>\b(?P<wn>(?:{_WORD_NUMBER})(?:[\s-]+(?:and\s+)?(?:{_WORD_NUMBER}|{_SCALE_WORD})\b)*)\b)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?P<percent>%|٪|％|per\s?cent\b|percent(?:age\s+points?)?\b|prozent\b|por\s+ciento\b|pour\s+cent\b)"
    r"|[\s-]*(?P<unit>°\s?[CF]|[^\W\d_]+(?:/[^\W\d_]+)?²?³?)",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"(\d{1,3}(?:,\d{3})++|\d++)(?: ([a-z]+)(?=[ .,;:)]|\Z)|(%)|(?=[;)]|,(?!\d)|\.?\Z))")
_NO_UNIT = frozenset(
    {*_MONTHS, *_SCALES, "a", "am", "de", "of", "p", "per", "percent", "percentage", "pm", "por", "pour", "prozent"}
)
"""Words after a number that make it a date, a time, a percentage or a larger number."""
_MONEY = re.compile(r"(US\$|[$€£¥₹]|USD|EUR|GBP)\s?$")
_MONEY_ENDS = frozenset("$€£¥₹DRP")


class Quantity(NamedTuple):
    """A number in the text: `value` is its normal form ("1500000", "2024-03-03", "14:30"), `unit` the word after it."""

    start: int
    end: int
    kind: QuantityKind
    value: str
    unit: str = ""
    money: str = ""


def quantities(text: str, starts: Sequence[int] | None = None) -> tuple[Quantity, ...]:
    """Return the quantities of `text` in order, disjoint.

    `starts`, in order, are the only places to look at, if known: where a digit, a counting word or a month begins.

    >>> [q.value for q in quantities("about 1.5 million or 1,500,000 on 3 March 2024 (2024-03-03), five to 7 %")]
    ['1500000', '1500000', '2024-03-03', '2024-03-03', '5', '7']
    >>> [(q.value, q.kind) for q in quantities("at 2:30 pm the second of twenty-one")]
    [('14:30', 'time'), ('2', 'ordinal'), ('21', 'number')]
    """
    return tuple(_found(_PATTERN.finditer(text), text) if starts is None else _at(text, starts))


def _at(text: str, starts: Sequence[int]) -> Iterator[Quantity]:
    """Yield the quantities that begin at `starts`, or at a sign before one."""
    done = -1
    for at in starts:
        if at < done:
            continue
        simple = _simple(text, at)
        if simple is not None:
            done = simple.end
            yield simple
            continue
        signed = _PATTERN.match(text, at - 1) if at > done and text[at - 1 : at] == "-" else None
        match = signed or _PATTERN.match(text, at)
        if match:
            done = match.end()
            yield from _found((match,), text)


def _simple(text: str, at: int) -> Quantity | None:
    """Return a whole number between blanks or marks, with the word after it; None for whatever may be more than that.

    Most numbers are so, and are found in half the time.
    """
    match = _SIMPLE.match(text, at)
    if match is None or (at and (text[at - 1] not in " (" or text[at - 2 : at - 1] in _MONEY_ENDS)):
        return None
    figure, unit, percent = match.groups()
    if unit in _NO_UNIT:
        return None
    value = figure.replace(",", "").lstrip("0") or "0"
    if percent:
        return Quantity(at, match.end(), "percent", value, "%")
    return Quantity(at, match.end(1), "number", value, unit or "")


def _found(matches: Iterable[re.Match[str]], text: str) -> Iterator[Quantity]:
    for match in matches:
        start, end = match.span()
        kind = match.lastgroup  # the outermost group: the last to close
        if kind == "num":
            yield _number(text, start, end, _figure(match))
        elif kind == "words":
            if match["wn"].lower() != "one":  # "one" alone is a pronoun far more often than a count
                yield _number(text, start, end, str(_spelled(match["wn"])))
        elif kind == "ord":
            value = match["on"] or str(_ORDINALS[match["ow"].lower()])
            yield Quantity(start, end, "ordinal", str(int(value)))
        elif kind == "iso":
            yield Quantity(start, end, "date", match["iso"])
        elif kind == "cjk":
            yield Quantity(start, end, "date", _date(match["cy"], int(match["cm"]), match["cd"]))
        elif kind == "dmy":
            yield Quantity(start, end, "date", _date(match["y1"], _MONTHS[match["m1"].lower()], match["d1"]))
        elif kind == "mdy":
            yield Quantity(start, end, "date", _date(match["y2"], _MONTHS[match["m2"].lower()], match["d2"]))
        else:
            yield Quantity(start, end, "time", _time(match))


def _figure(match: re.Match[str]) -> str:
    """Return the normal form of a number in digits, with its sign and scale."""
    num, digits, glued, scale = match.group("num", "digits", "glued", "scale")
    if num == digits and digits.isascii() and digits.isdigit():  # most are: no sign, no scale, no marks
        return digits.lstrip("0") or "0"
    value = _decimal(digits) * (-1 if num[0] in "-−" else 1)
    for name in (glued, scale):
        value *= _SCALES[name.lower()] if name else 1
    return _plain(value)


def _number(text: str, start: int, end: int, value: str) -> Quantity:
    """Return a number with what stands around it: a percentage, or a unit and a currency."""
    after = _AFTER.match(text, end)
    if after and after["percent"]:
        return Quantity(start, after.end(), "percent", value, "%")
    before = text[max(0, start - 4) : start].rstrip()
    money = _MONEY.search(text, max(0, start - 4), start) if before[-1:] in _MONEY_ENDS else None
    return Quantity(
        start, end, "number", value, after["unit"].lower() if after else "", money.group(1) if money else ""
    )


def _date(year: str | None, month: int, day: str) -> str:
    head = f"{year}-" if year else "--"
    return f"{head}{month:02d}-{int(day):02d}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["h"]), match["min"] or "00"
    half = (match["ap1"] or match["ap2"] or "").lower()
    if half.startswith("p") and hour < 12:  # noqa: PLR2004 - the clock
        hour += 12
    elif half.startswith("a") and hour == 12:  # noqa: PLR2004 - the clock
        hour = 0
    return f"{hour:02d}:{minute}"


def _decimal(digits: str) -> Decimal:
    """Read "1,500.5", "1.500,5", "1 500" and "3,5" alike; a lone comma or point before three digits groups only if a comma."""
    if digits.isdecimal():
        return Decimal(digits)
    plain = re.sub(r"[\u2009\u202f\u00a0'’ ]", "", digits)
    if "," in plain and "." in plain:
        decimal_mark = max(plain.rfind(","), plain.rfind("."))
        whole, fraction = plain[:decimal_mark], plain[decimal_mark + 1 :]
        plain = re.sub(r"[.,]", "", whole) + "." + fraction
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}", plain):
        plain = re.sub(r"[.,]", "", plain)
    elif plain.count(",") == 1:
        plain = plain.replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        return Decimal(plain)
    except InvalidOperation:  # a section number such as 5.1.4
        return Decimal(re.sub(r"\D", "", plain) or 0)


def _spelled(words: str) -> int:
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _SCALES:
            scale = _SCALES[word]
            current = max(current, 1) * scale
            if scale >= 1000:  # noqa: PLR2004 - hundreds stay open for more
                total, current = total + current, 0
        elif word != "and":
            current += _WORDS.get(word, _FOREIGN.get(word, 0))
    return total + current


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
