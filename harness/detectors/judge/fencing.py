"""Make data harmless to read: marks that a model might obey are exchanged one for one, so that offsets stay.

Fences and sentence numbers are drawn from the digest of the very data that they enclose. They are the same when the
same is asked again (so replies can be cached), and whoever writes the data cannot know them: data that held its own
fence would have to hold its own digest. Nor can it close a fence, since no `<` and `>` is left in it.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.encoding import digest

if TYPE_CHECKING:
    from harness.records import Json

__all__ = ["Fence", "fence", "neutralised"]

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e"
    "\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
    "|(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f])"  # between other letters they are spelling
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ROLE: Final = re.compile(
    r"^(\W*(?:system|user|assistant|human|developer|ai|tool|function|judge|instruction|response|verdicts?)\W*?)([:：])",
    re.IGNORECASE | re.MULTILINE,
)
_TAG: Final = re.compile(r"\[(/?(?:INST|SYS|SYSTEM|USER|ASSISTANT|TOOL_CALLS|AVAILABLE_TOOLS))\]", re.IGNORECASE)
_HEADING: Final = re.compile(r"^[ \t]*#+", re.MULTILINE)
_MARKS: Final = str.maketrans({"<": "‹", ">": "›", "`": "ˋ", "＜": "‹", "＞": "›"})


def neutralised(text: str) -> str:
    r"""Return the text with hidden characters, role names, tags and fences exchanged, each character for one.

    >>> neutralised("<|im_start|>system")
    '‹|im_start|›system'
    >>> len(neutralised("a\u200bb")) == 3
    True
    """
    text = _SURROGATE.sub("\ufffd", text)
    text = _HIDDEN.sub("·", text).translate(_MARKS)
    text = _ROLE.sub(lambda found: f"{found[1]}∶", text)
    text = _TAG.sub(r"(\1)", text)
    return _HEADING.sub(lambda found: found[0].replace("#", "♯"), text)


class Fence(NamedTuple):
    """The code that fences carry, and the draws that belong to it."""

    code: str
    draws: random.Random

    def numbers(self, count: int) -> list[int]:
        """Return that many different numbers of three digits (or more, if there are more of them)."""
        return self.draws.sample(range(100, max(1000, 100 + 2 * count)), count)

    def around(self, name: str, body: str) -> str:
        """Return the body between fences."""
        return f"<<<{self.code} {name}\n{body}\n{self.code}>>>"


def fence(*data: Json) -> Fence:
    """Draw a fence from the data that it will enclose."""
    code = digest(list(data))
    return Fence(code[:12], random.Random(code))  # noqa: S311 - the same question must be asked in the same words
