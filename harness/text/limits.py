"""Read length limits out of a prompt, and write them into one."""

from __future__ import annotations

import re
from typing import Final

from harness.records import Limits
from harness.text.numbers import quantities

__all__ = ["limit_sentences", "stated_limits"]

_UNITS: Final = {
    "words": r"words?|wörter[n]?|worte[n]?|palabras?|mots|parole|palavras",
    "sentences": r"sentences?|sätze[n]?|frases?|phrases|oraciones",
    "characters": r"characters?|chars?|zeichen|caracteres|caractères",
}
_NUMBER = r"(?P<n>\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred)"
_BELOW = r"less than|fewer than|under|below|shorter than|weniger als|unter|menos de|moins de"
_MOST = (
    r"at most|no more than|not more than|up to|maximum(?: of)?|max\.?|within|not exceed(?:ing)?|no longer than|"
    r"limited? (?:it |your answer )?to|in|höchstens|maximal|como máximo|au plus|at the most"
)
_ABOVE = r"more than|over|longer than|mehr als"
_LEAST = r"at least|no fewer than|no less than|not less than|minimum(?: of)?|min\.?|mindestens|al menos|au moins"
_BOUND = re.compile(
    rf"(?:(?P<below>{_BELOW})|(?P<least>{_LEAST})|(?P<above>{_ABOVE})|(?P<most>{_MOST}))\s+(?:a |the )?"
    rf"(?:total of )?{_NUMBER}\s*(?:-\s*)?(?:full |complete )?(?:{'|'.join(f'(?P<{k}>{v})' for k, v in _UNITS.items())})\b"
    rf"(?P<orless>\s+or\s+(?:less|fewer))?",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?:between\s+)?(?P<low>\d[\d,]*)\s*(?:-|–|to|and)\s*(?P<high>\d[\d,]*)\s*"
    rf"(?:{'|'.join(f'(?P<{k}>{v})' for k, v in _UNITS.items())})\b",
    re.IGNORECASE,
)
_OR_LESS = re.compile(
    rf"{_NUMBER}\s*(?:{'|'.join(f'(?P<{k}>{v})' for k, v in _UNITS.items())})\s+(?:or\s+(?:less|fewer)|max(?:imum)?|at most)\b",
    re.IGNORECASE,
)


def stated_limits(text: str) -> Limits | None:
    """Return the limits that a prompt states, None if it states none.

    >>> stated_limits("Answer in less than 400 words.").max_words, stated_limits("in less than 400 words").strict
    (400, True)
    >>> stated_limits("Use 100-200 words.").min_words
    100
    >>> stated_limits("Answer well.") is None
    True
    """
    found: dict[str, int] = {}
    strict = False
    for match in _RANGE.finditer(text):
        unit = _unit(match)
        found.setdefault(f"min_{unit}", _value(match["low"]))
        found.setdefault(f"max_{unit}", _value(match["high"]))
    for match in _BOUND.finditer(text):
        side = "min" if match["least"] or match["above"] else "max"
        key = f"{side}_{_unit(match)}"
        if key not in found:
            found[key] = _value(match["n"])
            strict = strict or bool(match["below"] or match["above"])
    for match in _OR_LESS.finditer(text):
        found.setdefault(f"max_{_unit(match)}", _value(match["n"]))
    found = {key: value for key, value in found.items() if value > 0}
    return Limits(**found, strict=strict) if found else None


def _unit(match: re.Match[str]) -> str:
    return next(unit for unit in _UNITS if match[unit])


def _value(number: str) -> int:
    values = quantities(number) or quantities(f"{number} ")
    plain = values[0].value if values else "1"
    return int(float(plain)) if plain.replace(".", "", 1).isdigit() else 0


def limit_sentences(limits: Limits) -> str:
    """Write limits as sentences for a prompt; `stated_limits` reads them back.

    >>> limit_sentences(Limits(max_words=80))
    'Answer in at most 80 words.'
    """
    most, least = ("less than", "more than") if limits.strict else ("at most", "at least")
    parts = [
        f"{bound} {value} {unit}"
        for unit in _UNITS
        for bound, value in (
            (most, getattr(limits, f"max_{unit}")),
            (least, getattr(limits, f"min_{unit}")),
        )
        if value is not None
    ]
    return f"Answer in {' and in '.join(parts)}." if parts else ""
