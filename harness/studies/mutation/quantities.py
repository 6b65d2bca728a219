"""Swap a number, an ordinal, a date or a unit for another one of its kind, written the same way."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from harness.studies.mutation.swap import Swap
from harness.text.numbers import quantities

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from harness.text.numbers import Quantity

__all__ = ["dates", "numbers", "ordinals", "units"]

_SPELLED: Final = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty".split()
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_MONTHS: Final = "January February March April June July August September October November December".split()
_LONG: Final = "January March July August October December".split()
_LATE: Final = re.compile(r"(?:29|30|31)(?:st|th)?(?: of)? $| (?:29|30|31)\b")
"""A day that not every month has, before or after the month."""
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_UNITS: Final = (
    ("second", "minute", "hour", "day", "week", "month", "year"),
    ("mm", "cm", "m", "km"), ("millimetre", "centimetre", "metre", "kilometre"), ("inch", "foot", "mile"),
    ("mg", "g", "kg"), ("milligram", "gram", "kilogram", "tonne"), ("ml", "cl", "l"), ("millilitre", "litre"),
    ("euro", "dollar", "pound", "franc", "yen"), ("cent", "penny"), ("volt", "watt", "ampere"), ("mA", "mV", "mW"),
    ("V", "W"), ("kW", "kV"), ("MB", "GB", "TB", "KB"), ("Hz", "kHz", "MHz", "GHz"),
)  # fmt: skip
_PLURALS: Final = {"inch": "inches", "foot": "feet", "penny": "pence", "yen": "yen"}
_OTHER_UNITS: Final = {
    form: tuple(others)
    for family in _UNITS
    for plural in (False, True)
    for unit in family
    if (form := _PLURALS.get(unit, unit + "s") if plural else unit)
    for others in [[(_PLURALS.get(other, other + "s") if plural else other) for other in family if other != unit]]
}
_YEAR: Final = re.compile(r"1[5-9]\d\d|20\d\d")
_DAY_NAME: Final = re.compile(rf"\b(?:{'|'.join(_DAYS)})(?=s?\b)")
_MONTH_NAME: Final = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_AFTER: Final = re.compile(r"[\s\u00a0-]{0,2}([A-Za-z]+)\b")
_COUNTED: Final = re.compile(rf"(?<=\b[Tt]he )(?:{'|'.join(_ORDINALS)})(?= [a-z]+)(?! (?:to|of|half|time)\b)")
_WHOLE: Final = re.compile(r"\d+")
_DIGITS: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numbers(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield each number and percentage, in digits or words, with another one in its place."""
    for quantity in quantities(sentence):
        if quantity.kind not in {"number", "percent"} or _marks_item(sentence, quantity):
            continue
        said = sentence[quantity.start : quantity.end]
        digits = _DIGITS.search(said)
        if digits:
            start = quantity.start + digits.start()
            yield Swap("number", start, start + len(digits.group()), _other_digits(digits.group(), chosen))
        elif said.lower() in _SPELLED:
            yield Swap("number", quantity.start, quantity.end, _another(said, _SPELLED, chosen))


def ordinals(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield each ordinal that counts something ("the third day") with another one in its place."""
    for match in _COUNTED.finditer(sentence):
        yield Swap("ordinal", *match.span(), _another(match.group(), _ORDINALS, chosen))


def dates(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield each date, time of day, month and weekday with a part of it changed."""
    for quantity in quantities(sentence):
        said = sentence[quantity.start : quantity.end]
        found = _WHOLE.search(said)
        if found is None or quantity.kind not in {"date", "time"}:
            continue
        value, shift = int(found.group()), chosen.randint(1, 4)
        cycle = 12 if quantity.kind == "time" else 28
        new = value + shift if value > 31 else (value + shift - 1) % cycle + 1  # noqa: PLR2004 - a year, or a day
        at = quantity.start + found.start()
        yield Swap(
            "date", at, quantity.start + found.end(), f"{new:02d}" if found.group().startswith("0") else str(new)
        )
    for match in _DAY_NAME.finditer(sentence):
        yield Swap("date", *match.span(), chosen.choice([day for day in _DAYS if day != match.group()]))
    for match in _MONTH_NAME.finditer(sentence):
        late = _LATE.search(sentence, 0, match.start()) or _LATE.match(sentence, match.end())
        months = [month for month in (_LONG if late else _MONTHS) if month != match.group()]
        yield Swap("date", *match.span(), chosen.choice(months))


def units(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield each unit after a number with another unit of the same dimension."""
    for quantity in quantities(sentence):
        match = _AFTER.match(sentence, quantity.end) if quantity.kind == "number" else None
        others = _OTHER_UNITS.get(match.group(1)) if match else None
        if match and others:
            yield Swap("unit", *match.span(1), chosen.choice(others))


def _marks_item(sentence: str, quantity: Quantity) -> bool:
    """Say whether the number only counts the sentence or names a section: "3. …", "[2]", "5.1.4"."""
    before, after = sentence[: quantity.start].strip(), sentence[quantity.end : quantity.end + 1]
    said = sentence[quantity.start : quantity.end]
    return (not before and after in {".", ")"}) or before.endswith("[") or said.count(".") > 1


def _another(said: str, names: Sequence[str], chosen: random.Random) -> str:
    new = chosen.choice([name for name in names if name != said.lower()])
    return new.capitalize() if said[0].isupper() else new


def _other_digits(said: str, chosen: random.Random) -> str:
    plain = said.replace(",", "")
    if _YEAR.fullmatch(said):
        return str(int(said) + chosen.choice([-1, 1]) * chosen.randint(2, 15))
    places = len(plain.partition(".")[2])
    value = Decimal(plain)
    step = Decimal(1).scaleb(-places)
    factor = Decimal(chosen.choice(["0.4", "0.6", "1.3", "1.5", "2", "3"]))
    other = (value * factor).quantize(step)
    if other == value or (other == 0 and value):
        other = value + chosen.randint(1, 3) * step
    return f"{other:,}" if "," in said else f"{other}"
