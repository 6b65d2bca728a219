"""Write a suite as readable YAML that `load` reads back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["suite_yaml"]

_ODD: Final = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write what a reader of YAML would change (line separators, control characters) with escapes."""
    style = None
    if _ODD.search(text):
        style = '"'
    elif "\n" in text and not any(line.endswith((" ", "\t")) for line in text.split("\n")):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def suite_yaml(name: str, description: str, entries: Sequence[Mapping[str, Any]], *, notes: Sequence[str] = ()) -> str:
    """Return the YAML of a suite; `entries` are cases as a case file holds them, `notes` become comments at the top.

    >>> print(suite_yaml("pumps", "", [{"id": "a", "query": "When?", "contexts": []}]))
    # yaml-language-server: $schema=case.schema.json
    suite: pumps
    cases:
    - id: a
      query: When?
      contexts: []
    <BLANKLINE>
    """
    suite: dict[str, Any] = {"suite": name}
    if description:
        suite["description"] = description
    suite["cases"] = [dict(entry) for entry in entries]
    body = yaml.dump(suite, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    head = ["yaml-language-server: $schema=case.schema.json", *notes]
    return "".join(f"# {' '.join(line.split())}\n" for line in head) + body
