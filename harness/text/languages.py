"""Tell the language of a text, through `py3langid` (extra `formats`; its model of 4 MB lies in the package)."""

from __future__ import annotations

from typing import Final

__all__ = ["in_language", "language_of"]

_MIN_LETTERS: Final = 20
"""Shorter texts in the alphabet that most languages share are too short to tell."""
_ALIKE: Final = {"ms": "id", "nb": "no", "nn": "no", "bs": "hr"}
"""Standard languages that a sentence does not tell apart."""


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language, None if it is too short to tell.

    >>> language_of("Der Turm ist vierundachtzig Meter hoch und wurde 1931 fertig."), language_of("Yes.")
    ('de', None)
    """
    import py3langid  # noqa: PLC0415 - an extra, and slow to import

    letters = sum(character.isalpha() for character in text)
    if letters < (_MIN_LETTERS if text.isascii() else _MIN_LETTERS // 2):
        return None
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return str(py3langid.classify(plain)[0])


def in_language(text: str, code: str) -> bool:
    """Say whether a text is in a language, as far as can be told: a text too short to tell is.

    >>> in_language("Der Turm ist vierundachtzig Meter hoch.", "en"), in_language("OK", "en")
    (False, True)
    """
    found = language_of(text)
    return found is None or _ALIKE.get(found, found) == _ALIKE.get(code, code)
