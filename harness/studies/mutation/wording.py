"""Turn a sentence round by a few words: a negation, a quantifier, a comparison; or add what nobody said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.studies.mutation.swap import Swap
from harness.text.polarity import NEGATIONS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from harness.studies.mutation.swap import MutantKind

__all__ = ["comparisons", "insertions", "inventions", "negations", "quantifiers"]

_WORD: Final = re.compile(r"[\w'’]+")
_BEFORE_SET: Final = r"(?<!\bor )(?<!\bif )(?<!\bwhy )(?<!\bwhether or )"
_AFTER_SET: Final = (
    r"(?! (?:only|until|least|later|more|less|fewer|longer|yet|just|but|even|necessarily|always|all|every|to|exceed)\b)"
)
_REMOVED: Final = (
    (r"\b(is|are|was|were|must|should|will|may|can|could|would|does|do|did|has|have|had) not (?=\w)", r"\1 "),
    (r"\b([Cc]an)not\b", r"\1"),
    (r"\b(is|are|was|were|does|do|did|has|have|had|should|must|would|could)n['’]t\b", r"\1"),
    (r"\b[Dd]o not (?=[a-z])", None),
    (r"\bno longer\b", "still"), (r"\bnever\b", "always"), (r"\bNever\b", "Always"), (r"\bwithout\b", "with"),
    (r"\bNobody\b", "Everybody"), (r"\bnobody\b", "everybody"), (r"\bNone of\b", "All of"), (r"\bnone of\b", "all of"),
)  # fmt: skip
_AUXILIARY: Final = re.compile(
    r"\b(is|are|was|were|can|must|should|will|would|could|may)\b"
    r"(?= (?!not\b|only\b|also\b|no\b|never\b|to\b|that\b|what\b|why\b|how\b|where\b|when\b)[a-z]+)"
)
_CLAUSE: Final = re.compile(
    r"\b(?:if|when|where|which|that|who|what|whether|because|while|as|than|until|unless)\b", re.IGNORECASE
)
_IMPERATIVE: Final = re.compile(
    r"(?:Use|Run|Press|Keep|Open|Close|Clean|Add|Remove|Replace|Store|Send|Bring|Refill|Turn|Wash|Check|Switch|Wait|"
    r"Put|Fill|Connect|Call|Leave|Bake|Mix|Pour|Enter|Select|Click|Wear|Rinse|Wipe|Place|Hold|Push|Pull)(?= [a-z])"
)
_NOT_IN_PHRASE: Final = r"(?<!\bat )(?<!\bnot )(?<!\bin )(?<!\bafter )(?<!\babove )(?<!\bof )"
_QUANTIFIERS: Final = (
    (rf"{_NOT_IN_PHRASE}\ball (?=(?:of\b|[a-z]+s\b))", ("few ", "hardly any ")), (r"^All (?=of\b|[a-z]+s\b)", ("Few ", "Hardly any ")),
    (rf"{_NOT_IN_PHRASE}\ball (?=(?:the|these|those|their|our|its)\b)", ("few of ", "hardly any of ")),
    (r"^All (?=(?:the|these|those|their|our|its)\b)", ("Few of ", "Hardly any of ")),
    (r"\bevery (?=[a-z])", ("hardly any ",)), (r"^Every (?=[a-z])", ("Hardly any ",)),
    (r"(?<!\bthe )(?<!\bat )\bmost (?=of\b|[a-z]+s\b)", ("few ", "all ")), (r"^Most (?=of\b|[a-z]+s\b)", ("Few ", "All ")),
    (r"\bsome (?=of\b|[a-z]+s\b)", ("all ", "most ")), (r"^Some (?=of\b|[a-z]+s\b)", ("All ", "Most ")),
    (r"(?<!\bhow )(?<!\bas )(?<!\bso )(?<!\btoo )\bmany (?=of\b|[a-z]+s\b)", ("few ", "all ")),
    (r"^Many (?=of\b|[a-z]+s\b)", ("Few ", "All ")), (r"(?<!\ba )(?<!\bthe )\bfew (?=[a-z]+s\b)", ("most ",)),
    (r"\balways\b", ("never", "rarely")), (r"\boften\b", ("never", "rarely")), (r"\bonly (?=for|in|on|by|if|with)", ("not only ",)),
    (r"\bat least\b", ("at most",)), (r"\bat most\b", ("at least",)), (r"\bup to (?=\d|two\b|three\b|four\b|five\b|six\b|ten\b|twelve\b)", ("at least",)),
)  # fmt: skip
_TURNED: Final = (
    "higher lower", "larger smaller", "longer shorter", "faster slower", "more_than less_than", "maximum minimum",
    "earlier_than later_than", "increase decrease", "increased decreased", "increases decreases", "rose fell",
    "above below", "before after", "greater smaller", "better worse", "older younger", "cheaper dearer",
    "stronger weaker", "heavier lighter", "warmer colder", "wider narrower", "highest lowest", "largest smallest",
    "oldest youngest", "fewer_than more_than", "best worst", "longest shortest", "first last",
)  # fmt: skip
_COMPARED: Final = {
    a.replace("_", " "): b.replace("_", " ")
    for pair in _TURNED
    for one, other in [pair.split()]
    for a, b in ((one, other), (other, one))
}
_COMPARISON: Final = re.compile(
    rf"(?<!\bno )(?<!\bthe )(?<!\bday )(?<!\bas )(?<!\bat )\b(?:{'|'.join(sorted(_COMPARED, key=len, reverse=True))})\b"
    r"(?! (?:all|or|and|that|long|year|month|week|night|time|spring|summer|autumn|winter|day|minute)\b)(?![.,;:])"
)
_ADDED: Final = (
    "after consultation with an independent ombudsman", "in a ceremony streamed to subscribers abroad",
    "provided that a notarised affidavit is enclosed", "at the recommendation of a Norwegian consultancy",
    "using a patented infrared calibration rig", "under the supervision of a retired admiral",
    "thanks to a generous philanthropic endowment", "with the help of volunteer beekeepers",
    "on the strength of a telephone poll among dentists", "by means of encrypted satellite telemetry",
)  # fmt: skip
_INVENTED: Final = (
    "A travelling orchestra later recorded an album about it.",
    "Critics praised the decision in a televised debate with two astronauts.",
    "An insurance conglomerate sponsors the corresponding mobile app.",
    "Archaeologists afterwards discovered a mosaic beneath the cellar.",
    "Users may also earn loyalty vouchers through the referral scheme.",
    "The patent attorney filed an appeal before the constitutional tribunal.",
    "Hyperparameters were tuned with Bayesian optimisation and early stopping.",
    "A podcast about the topic reached nine thousand listeners in Portugal.",
    "Blockchain notarisation guarantees that the ledger stays tamper-proof.",
    "Astronomers named a small asteroid in its honour.",
)


def negations(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield the sentence's one negation taken away, or one put in where there is none.

    Set phrases ("not only", "whether or not", "no matter") and sentences with several negations are left alone.
    """
    found = [m for m in _WORD.finditer(sentence) if m.group().lower().replace("’", "'") in NEGATIONS]
    if len(found) == 1:
        for pattern, new in _REMOVED:
            match = re.search(_BEFORE_SET + pattern + _AFTER_SET.replace("(?! ", r"(?!\s*"), sentence)
            if match and match.start() <= found[0].start() < match.end():
                yield Swap("negation", *_with_next(sentence, match, new))
                return
    elif not found and not sentence.rstrip('"”’*_) ').endswith("?"):
        match = _IMPERATIVE.match(sentence)
        if match:
            said = match.group()
            yield Swap("negation", 0, match.end(), f"{chosen.choice(['Do not', 'Never'])} {said.lower()}")
            return
        match = _AUXILIARY.search(sentence)
        if match and not _CLAUSE.search(sentence, 0, match.start()):
            new = "cannot" if match.group() == "can" else f"{match.group()} not"
            yield Swap("negation", *match.span(), new)


def _with_next(sentence: str, match: re.Match[str], new: str | None) -> tuple[int, int, str]:
    """Return the replacement; one that would leave nothing ("Do not use" → "Use") takes the next word with it."""
    if new is None:
        word = _WORD.match(sentence, match.end())
        end = word.end() if word else match.end()
        following = sentence[match.end() : end]
        return match.start(), end, following.capitalize() if match.group()[0].isupper() else following
    replaced = match.expand(new) if "\\" in new else new
    kept = match.group()
    cut = len(kept) - len(kept.rstrip())
    return match.start(), match.end() - cut, replaced.rstrip()


def quantifiers(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield each quantifier with one that cannot be meant as well."""
    for pattern, others in _QUANTIFIERS:
        for match in re.finditer(pattern, sentence):
            kept = match.group()
            new = chosen.choice(others)
            yield Swap("quantifier", match.start(), match.start() + len(kept.rstrip()), new.rstrip())


def comparisons(sentence: str, _chosen: random.Random) -> Iterator[Swap]:
    """Yield each comparison turned round."""
    for match in _COMPARISON.finditer(sentence):
        yield Swap("comparison", *match.span(), _COMPARED[match.group()])


def insertions(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield a qualifier, put in before the last mark."""
    at = len(sentence.rstrip(".!。 "))
    yield Swap("insertion", at, at, f" {chosen.choice(_ADDED)}")


def inventions(sentence: str, chosen: random.Random) -> Iterator[Swap]:
    """Yield a whole sentence about something else, put behind."""
    kind: MutantKind = "invention"
    yield Swap(kind, len(sentence), len(sentence), f" {chosen.choice(_INVENTED)}")
