"""What an import comes to: cases as a case file holds them, and what could not be mapped."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.cases import suite_yaml
from harness.errors import UsageError

__all__ = ["Imported", "slug"]


@dataclass(slots=True)
class Imported:
    """Entries of a suite; `left` counts what has no place in a case, in words."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    _handed: int = 0
    _ids: set[str] = field(default_factory=set)
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, entry: dict[str, Any], name: str) -> None:
        """Take an entry under an id of its own; one without a question is left out.

        Entries that differ only in their answers are one case with several answers.
        """
        if not str(entry.get("query") or "").strip():
            self.left["an entry without a question"] += 1
            return
        kept = {key: value for key, value in entry.items() if value not in (None, "", [], {}) or key == "contexts"}
        answers = kept.pop("answers", [])
        key = json.dumps([kept, name], sort_keys=True)
        if key in self._known and answers:
            self._known[key].setdefault("answers", []).extend(answers)
            return
        own = self._known[key] = {"id": self._id(name), **kept, **({"answers": answers} if answers else {})}
        self.entries.append(own)

    def taken(self, *, last: bool = False) -> list[dict[str, Any]]:
        """Hand over what is gathered, so that it is not held; but for the last, that answers to it may still join."""
        done = self.entries if last else self.entries[:-1]
        self.entries = [] if last else self.entries[-1:]
        kept = {id(entry) for entry in self.entries}
        self._known = {key: entry for key, entry in self._known.items() if id(entry) in kept}
        self._handed += len(done)
        return done

    def _id(self, name: str) -> str:
        base = slug(name) or f"case-{self._handed + len(self.entries) + 1}"
        own, number = base, 2
        while own in self._ids:
            own, number = f"{base}-{number}", number + 1
        self._ids.add(own)
        return own

    def leave(self, what: str, value: object) -> None:
        """Count something that holds a value and has no place in a case."""
        if value not in (None, "", [], {}):
            self.left[what] += 1

    def suite(self, name: str, source: str) -> str:
        """Return the suite's YAML.

        Raises:
            UsageError: nothing in the file became a case.
        """
        if not self.entries:
            seen = f" Seen: {', '.join(self.left)}." if self.left else ""
            msg = f"{source}: no entry became a case. It needs a question in each.{seen}"
            raise UsageError(msg)
        return suite_yaml(slug(name) or "imported", f"Imported from {source}.", self.entries)


def slug(text: str) -> str:
    """Return a text as an id may be written.

    >>> slug("Which door? (2)")
    'Which-door-2'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-._")[:80]
