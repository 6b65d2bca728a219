"""Words that turn a statement round: negations, hedges and pairs of opposites."""

from __future__ import annotations

from typing import Final

__all__ = ["HEDGES", "NEGATIONS", "OPPOSITES"]

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
_PAIRS: Final = (
    "increase decrease", "increases decreases", "increased decreased", "increasing decreasing", "rise fall",
    "rose fell", "higher lower", "high low", "more less", "most least", "more fewer", "maximum minimum", "before after",
    "above below", "over under", "inside outside", "always never", "all none", "every no", "must may", "required optional",
    "allowed forbidden", "allowed prohibited", "open closed", "first last", "early late", "earlier later", "larger smaller",
    "large small", "longer shorter", "long short", "faster slower", "fast slow", "better worse", "best worst",
    "include exclude", "includes excludes", "included excluded", "accept reject", "accepted rejected", "win lose",
    "won lost", "success failure", "positive negative", "true false", "hot cold", "left right", "north south", "east west",
    "import export", "enable disable", "enabled disabled", "gain loss", "buy sell", "bought sold", "free paid",
    "legal illegal", "safe unsafe", "safe dangerous", "possible impossible", "able unable", "public private",
)  # fmt: skip
OPPOSITES: Final = {
    word: frozenset(other for pair in _PAIRS if word in pair.split() for other in pair.split() if other != word)
    for word in {word for pair in _PAIRS for word in pair.split()}
}
"""Word → the words that say the opposite."""
