"""Which sentences assert something that can be checked.

Greetings, questions, refusals, sentences about the answer itself ("Here are the steps:") and headings do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.text.layout import flattened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.detectors.features import Claim

__all__ = ["check_worthy"]

_META: Final = re.compile(
    r"\W*(?:here (?:are|is)|below (?:are|is)|the following|in summary|sure|certainly|of course|hello|hi|hey|dear|"
    r"thank(?:s| you)|i hope|please|let me|as an ai|i(?:['’]m| am) (?:happy|glad|sorry)|you['’]re welcome|"
    r"good (?:morning|afternoon|evening)|(?:best|kind) regards|if you have|feel free|do you)\b",
    re.IGNORECASE,
)
_ABOUT_CONTEXT: Final = re.compile(
    r"\W*(?:based on|according to|from|as (?:stated|mentioned|described) in)\s+(?:the\s+|these\s+|your\s+)?"
    r"(?:provided\s+|given\s+|above\s+|following\s+)*(?:passages?|contexts?|documents?|information|texts?|sources?)\W*$",
    re.IGNORECASE,
)
_DISAGREE: Final = re.compile(
    r"\W*(?:the|these) (?:\w+ )?(?:passages?|sources?|documents?|texts?|contexts?) "
    r"(?:disagree|differ|contradict)\b[^,:;]*$",
    re.IGNORECASE,
)
_QUESTION: Final = ("?", "？", "؟")


def check_worthy(claim: Claim, declining: Sequence[tuple[int, int]]) -> bool:
    """Say whether a sentence asserts something; `declining` are the stretches that refuse (`refusal_spans`)."""
    body = flattened(claim.text[claim.start : claim.end])[0]
    places = [place for word, place in zip(claim.words, claim.alignment.places, strict=True) if not word.stop]
    if not places or claim.kind == "heading" or body.rstrip("\"'”’*_) ").endswith(_QUESTION):
        return False
    if any(start < claim.end and claim.start < end for start, end in declining):
        outside = [
            word
            for word in claim.words
            if not word.stop and not any(start <= word.start < end for start, end in declining)
        ]
        if len(outside) < 2:  # noqa: PLR2004 - one word left over asserts nothing
            return False
    if body.endswith((":", "：")) and claim.kind in {"sentence", "item"}:
        return False
    if _ABOUT_CONTEXT.match(body) or _DISAGREE.match(body):
        return False
    return not (_META.match(body) and "evidence" not in places and "nowhere" not in places[3:])
