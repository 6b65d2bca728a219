"""Count which words are common in running text, for `harness.text.rarity`.

    python -m harness.studies.rarity --data FOLDER [--out harness/text/rarity.json]

Only counts of single normal forms are kept, and only of those that stand in several of the sets.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.exchange import labelled
from harness.text.stopwords import STOPWORDS
from harness.text.words import stem, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

STRETCH: Final = 60
"""Content words in a stretch of text."""
LEAST: Final = 15
"""A listed form stands in at least this many stretches …"""
SETS: Final = 4
"""… and in at least this many sets."""


def counted(files: Iterable[Path]) -> dict[str, Any]:
    """Return the content of `rarity.json` from the contexts of labelled files."""
    stretches, seen, total = Counter[str](), set[str](), 0
    sets: dict[str, set[str]] = {}
    names: list[str] = []
    for path in sorted(files):
        names.append(path.name.partition(".")[0])
        for row in labelled.rows(path):
            for context in {str(text) for text in row["contexts"]} - seen:
                seen.add(context)
                norms = [t.norm for t in tokens(context) if t.lexeme.kind == "word" and not t.lexeme.stop]
                for start in range(0, len(norms), STRETCH):
                    total += 1
                    stretches.update(set(norms[start : start + STRETCH]))
                for norm in norms:
                    sets.setdefault(norm, set()).add(names[-1])
    floor = math.log(total / LEAST)
    common = {
        norm: round(100 * math.log(total / count) / floor)
        for norm, count in stretches.items()
        if count >= LEAST and len(sets[norm]) >= SETS and norm.isalpha()
    }
    common |= {norm: 0 for norm in {stem(word) for word in STOPWORDS} if norm.isascii()}
    return {"about": {"sets": names, "stretches": total}, "hundredths": dict(sorted(common.items()))}


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description="Count which words are common.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the labelled files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "text" / "rarity.json")
    chosen = parser.parse_args()
    table = counted(path for path in chosen.data.glob("*.jsonl.gz") if "ifeval" not in path.name)
    chosen.out.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(table['hundredths'])} forms from {table['about']['stretches']} stretches of text")  # noqa: T201 - the script's output


if __name__ == "__main__":
    main()
