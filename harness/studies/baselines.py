"""The stored baseline of a gate: scored again where the detector has changed, and replaced only when that is asked."""

from __future__ import annotations

import shutil
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from harness import store
from harness.cases import CaseSet
from harness.encoding import encode
from harness.errors import GateError, RunFolderError
from harness.gate import baseline_of
from harness.records import Run, Spec
from harness.runner import Options, plan, stream
from harness.runner.folder import CASES_FILE
from harness.summary import compare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.records import Header
    from harness.summary import Comparison

__all__ = ["differences", "ready", "rescore", "update"]

_VERSIONS: Final = ("faithful-harness", "detector")


async def ready(folder: Path, runs: Sequence[Run]) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return the baseline's runs as the detector and scorers of `runs` judge them, and what was scored again, in words.

    A run by another detector, judge, scorer or version of them is scored again from its recorded answers, so that a
    change of ours is never mistaken for a candidate's.

    Raises:
        GateError: it would have to be scored again, and its cases are not stored beside it.
    """
    found, notes = [], []
    for path in store.run_paths(folder):
        stored = store.read(path)
        facing = next((r.header for r in runs if r.header.candidate == stored.header.candidate), runs[0].header)
        changed = _changed(stored.header, facing)
        if not changed or stored.header.cases_digest != facing.cases_digest:  # other cases: no scoring would help
            found.append(stored)
            continue
        found.append(await rescore(path, path.parent / CASES_FILE, facing))
        notes.append(f"the baseline of {stored.header.candidate!r} was scored again: another {', '.join(changed)}")
    return tuple(found), tuple(notes)


def _changed(stored: Header, facing: Header) -> list[str]:
    found = [name for name in ("detector", "scorers") if encode(getattr(stored, name)) != encode(getattr(facing, name))]
    if not found and stored.detector_digest != facing.detector_digest:  # a judge's prompt, say, or a cascade's part
        found.append(f"digest of the detector ({stored.detector_digest}, now {facing.detector_digest})")
    return found + [
        f"version of {name} ({stored.versions.get(name, 'unknown')}, now {facing.versions.get(name, 'unknown')})"
        for name in _VERSIONS
        if stored.versions.get(name) != facing.versions.get(name)
    ]


async def rescore(path: Path, cases_file: Path, like: Header) -> Run:
    """Score a run's recorded answers again, with the detector and the scorers of another run's header.

    Raises:
        GateError: the cases of the run are not there.
    """
    cases = store.read_cases(cases_file)
    source = store.read(path).header
    if not cases:
        msg = (
            f"{path} has to be scored again, and {cases_file} with its cases is not there. Store the run's folder whole"
        )
        raise GateError(msg)
    asked = plan(
        CaseSet(suites=(), digest=source.cases_digest, parts=(tuple(cases.values()),)),
        (Spec(name="recorded", target=str(path)),),
        detector=like.detector,
        scorers=like.scorers,
        options=Options(trials=source.trials),
    )
    async with aclosing(stream(asked)) as events:
        records = [event.record async for event in events if event.record is not None]
    (candidate,) = asked.candidates
    return Run(header=candidate.header, records=tuple(records))


def differences(runs: Sequence[Run], baseline: Sequence[Run]) -> tuple[Comparison, ...]:
    """Compare each run with the baseline that it would replace; runs without one are passed over."""
    found = []
    for run in runs:
        try:
            found.append(compare(baseline_of(run, baseline), run, allow_unlike=True, tags=()))
        except GateError:
            continue
    return tuple(found)


def update(folder: Path, baseline: Path) -> tuple[Path, ...]:
    """Put the run files and cases of a folder in the baseline's place; return what was written.

    Raises:
        RunFolderError: the folder is the baseline itself, or a file cannot be written.
    """
    if baseline.resolve() == folder.resolve():
        msg = f"{folder}: is the baseline already. Name the folder of another run."
        raise RunFolderError(msg)
    try:
        baseline.mkdir(parents=True, exist_ok=True)
        new = [path for path in (*store.run_paths(folder), folder / CASES_FILE) if path.exists()]
        for old in (*baseline.glob("*.jsonl"), baseline / CASES_FILE):
            old.unlink(missing_ok=True)
        for path in new:
            shutil.copyfile(path, baseline / path.name)
    except OSError as error:
        msg = f"{baseline}: cannot be written: {error.strerror}. Name another folder with --baseline."
        raise RunFolderError(msg) from error
    return tuple(baseline / path.name for path in new)
