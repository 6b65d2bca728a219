"""Cases with their answers, a line each, are a suite, also where they are named as answers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.records import Spec
    from harness.settings import Settings

__all__ = ["bear_answers", "with_traces"]


def with_traces(chosen: Settings, paths: Sequence[str] = ()) -> Settings:
    """Take `recorded:FILE`, where the file holds cases with their answers, for the suite that it is.

    Without `paths`, those of the command line, the files alone are run; a file that is not among them is left alone.
    """
    named = {Path(path).resolve() for path in paths}
    traces: list[str] = []
    answerers: list[Spec] = []
    for spec in chosen.answerers:
        target = spec.target if spec.name == "recorded" else None
        suite = target is not None and (not named or Path(target).resolve() in named) and bear_answers(Path(target))
        traces += [str(target)] if suite else []
        one = dataclasses.replace(spec, target=None) if suite else spec
        answerers += [one] if one not in answerers else []
    if not traces:
        return chosen
    return dataclasses.replace(chosen, answerers=tuple(answerers), paths=tuple(paths or traces))


def bear_answers(path: Path) -> bool:
    """Say whether a file begins with a case and its answers."""
    try:
        with path.open("rb") as file:
            data = json.loads(next((raw for raw in file if raw.strip()), b"null"))
    except (OSError, ValueError, RecursionError):  # whoever reads the file says it
        return False
    return isinstance(data, dict) and data.keys() >= {"query", "answers"} and "case_id" not in data
