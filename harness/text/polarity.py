"""Words that turn a statement round: negations, hedges, and words that exclude one another."""

from __future__ import annotations

from typing import Final

__all__ = ["HEDGES", "NEGATIONS", "RIVALS"]

NEGATIONS: Final = frozenset(
    "not no never without neither nor cannot can't don't doesn't didn't isn't aren't wasn't weren't won't wouldn't "
    "couldn't shouldn't hasn't haven't hadn't mustn't none nobody nothing nowhere unable hardly false "
    "nicht kein keine keinen nie ohne pas jamais sans aucun aucune nunca sin ningún ninguna não nem sem nunca non "
    "не нет нельзя без नहीं न لا ليس لم".split()
)
"""Words that negate, in lower case with straight apostrophes."""
HEDGES: Final = frozenset(
    "may might could possibly perhaps likely potentially generally usually often typically sometimes can".split()
)
"""Words that weaken what is said."""
_EXCLUSIVE: Final = (
    "increase | decrease", "increases | decreases", "increased | decreased", "increasing | decreasing", "rise | fall",
    "rose | fell", "higher | lower", "high | low", "more | less fewer", "most | least", "maximum | minimum",
    "before | after", "above | below", "over | under", "inside | outside", "always | never",
    "all every each both | most | some several few many | none no hardly", "must | may", "required | optional",
    "allowed | forbidden prohibited", "open | closed", "first | last", "early | late", "earlier | later",
    "larger | smaller", "large | small", "largest | smallest", "highest | lowest", "longer | shorter", "long | short",
    "longest | shortest", "faster | slower", "fast | slow", "fastest | slowest", "older | younger", "oldest | youngest",
    "better | worse", "best | worst", "stronger | weaker", "heavier | lighter", "wider | narrower", "cheaper | dearer",
    "include | exclude", "includes | excludes", "included | excluded", "accept | reject", "accepted | rejected",
    "win | lose", "won | lost", "success | failure", "positive | negative", "true | false", "hot | cold",
    "warmer | colder cooler", "left | right", "north | south | east | west",
    "northern | southern | eastern | western", "import | export", "enable | disable", "enabled | disabled",
    "gain | loss", "buy | sell", "bought | sold", "free | paid", "legal | illegal", "safe | unsafe dangerous",
    "possible | impossible", "able | unable", "public | private", "daily | weekly | monthly | yearly annually hourly",
    "first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | eleventh | twelfth",
    "monday | tuesday | wednesday | thursday | friday | saturday | sunday",
    "mondays | tuesdays | wednesdays | thursdays | fridays | saturdays | sundays",
    "january | february | march | april | may | june | july | august | september | october | november | december",
    "spring | summer | autumn | winter", "morning | afternoon | evening | night",
    "milliseconds millisecond ms | seconds second sec | minutes minute min | hours hour hr hrs | days day | "  # noqa: ISC004 - one line
    "weeks week | months month | years year | decades decade | centuries century",
    "mm millimetres millimeters | cm centimetres centimeters | metres meters metre meter m | "  # noqa: ISC004 - one line
    "km kilometres kilometers kilometre kilometer | miles mile | feet foot ft | inches inch | yards yard",
    "mg milligrams | grams gram g | kg kilograms kilogram kilos | tonnes tonne tons ton | pounds pound lbs lb | ounces",
    "ml millilitres milliliters | cl centilitres | litres liters litre liter l | gallons gallon",
    "dollars dollar usd | euros euro eur | yen jpy | francs chf | pesos | rupees | kronor kroner",
    "watts watt w | kw kilowatts kilowatt | mw megawatts", "volts volt v | amperes ampere amps | ohms ohm",
    "kb kilobytes | mb megabytes | gb gigabytes | tb terabytes", "celsius | fahrenheit | kelvin",
)  # fmt: skip


def _excluded() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind in _EXCLUSIVE:
        groups = [group.split() for group in kind.split("|")]
        for number, group in enumerate(groups):
            others = {word for n, other in enumerate(groups) if n != number for word in other}
            for word in group:
                found.setdefault(word, set()).update(others)
    return {word: frozenset(others) for word, others in found.items()}


RIVALS: Final = _excluded()
"""Word → the words that cannot stand in its place without another meaning: opposites, degrees, units, days."""
