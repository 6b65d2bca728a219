"""Print how many mutants a detector finds.

python -m harness.studies.mutation [--cases PATH]… [--data FOLDER] [--detector SPEC] [--limit N] [--examples N]
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from harness import registry
from harness.errors import UsageError
from harness.report.terminal import show_table
from harness.studies.mutation.killing import KillRates, examples, from_cases, from_labelled, kill_rates, pooled, table

if TYPE_CHECKING:
    from harness.protocols import Detector


def main() -> None:
    """Make mutants of sentences of suites or labelled files, judge them and print the rates."""
    parser = argparse.ArgumentParser(prog="python -m harness.studies.mutation", description=main.__doc__)
    parser.add_argument("--cases", type=Path, action="append", default=[], help="a suite, or a folder of them")
    parser.add_argument("--data", type=Path, help="a folder with labelled files, of which only the contexts are read")
    parser.add_argument("--detector", default="lexical", help="the detector's spec")
    parser.add_argument("--limit", type=int, help="stop after this many mutants of each source")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--examples", type=int, default=0, help="missed mutants to print of each kind")
    chosen = parser.parse_args()
    if not chosen.cases and chosen.data is None:
        parser.error("nothing to make mutants of. Name suites with --cases, or a folder of labelled files with --data.")
    detector: Detector = registry.build("detectors", registry.parse(chosen.detector))
    sources = [(str(path), from_cases([path])) for path in chosen.cases]
    if chosen.data is not None:
        sources += [(path.name, from_labelled([path])) for path in sorted(chosen.data.glob("*.jsonl*"))]
    console, parts = Console(), list[KillRates]()
    for name, questions in sources:
        try:
            rates = asyncio.run(kill_rates(questions, detector, limit=chosen.limit, seed=chosen.seed))
        except UsageError as error:
            console.print(f"{name}: left out: {error}", markup=False, highlight=False)
            continue
        if rates.made:
            parts.append(rates)
            show_table(table(name, rates), console)
        for line in examples(rates, chosen.examples):
            console.print(line, markup=False, highlight=False)
    if len(parts) > 1:
        show_table(table("all", pooled(parts)), console)


if __name__ == "__main__":
    main()
