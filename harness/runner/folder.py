"""A run's folder: refuse what would mix runs, keep the cases as asked."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from harness import store
from harness.encoding import encode
from harness.errors import RunFolderError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.cases import CaseSet
    from harness.records import Case, Header
    from harness.runner.plan import Plan

__all__ = ["CASES_FILE", "AsAsked", "default_folder", "prepare"]

CASES_FILE: Final = "cases.json.gz"
_SAME: Final = (
    "answerer", "detector", "detector_digest", "scorers", "prompt_digest", "cases_digest", "cases", "planned", "trials",
    "seed", "source",
)  # fmt: skip
_OURS: Final = (
    "*.jsonl",
    "*.part",
    "*.batch.json",
    "cache.sqlite*",
    CASES_FILE,
    "summary.json",
    "report.html",
    "report.md",
    "junit.xml",
)


def default_folder(cases: CaseSet, root: Path) -> Path:
    """Return `reports/<time>-<suite>` below the root, free of any earlier run."""
    suites = cases.suites
    name = suites[0].name if len(suites) == 1 else f"{len(suites)}-suites"
    base = root / "reports" / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{name}"
    folder, number = base, 2
    while folder.exists():
        folder, number = base.with_name(f"{base.name}-{number}"), number + 1
    return folder


def prepare(plan: Plan, folder: Path, *, resume: bool = False, overwrite: bool = False) -> None:
    """Make the folder ready.

    Raises:
        RunFolderError: it holds a run and neither `resume` nor `overwrite` was said, the run is another one, or the
            folder cannot be made or written.
    """
    if resume and overwrite:
        msg = "--resume and --overwrite exclude each other. Say one."
        raise RunFolderError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder}: cannot be made: {error.strerror}. Name another folder with -o."
        raise RunFolderError(msg) from error
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        msg = f"{folder}: cannot be written: {error.strerror}. Name another folder with -o."
        raise RunFolderError(msg) from error
    held = sorted({path for pattern in ("*.jsonl", "*.part") for path in folder.glob(pattern)})
    if overwrite:
        for pattern in _OURS:
            for path in folder.glob(pattern):
                path.unlink()
    elif held and not resume:
        msg = f"{folder}: holds a run already ({held[0].name}). Say --resume or --overwrite, or name another folder."
        raise RunFolderError(msg)
    elif held:
        _check_same(plan, held)


class AsAsked:
    """Writes the cases as asked while a candidate draws them, so that they are not read once more for it.

    A folder that has the file already keeps it. What was not drawn when the run ends is added then.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Open the file.

        Raises:
            RunFolderError: the folder cannot be written.
        """
        self._plan, self._path = plan, folder / CASES_FILE
        with store.writing(self._path):
            self._writer = None if self._path.exists() else store.CasesWriter(self._path, plan.cases.digest)

    def drawn(self, case: Case) -> None:
        """Write a case."""
        if self._writer is not None:
            with store.writing(self._path):
                self._writer.add(case)

    def close(self) -> None:
        """Add the other cases and close the file."""
        if self._writer is not None:
            with store.writing(self._path):
                if self._writer.count < self._plan.candidates[0].header.cases:
                    for case in islice(self._plan.ordered(), self._writer.count, None):
                        self._writer.add(case)
                self._writer.close()


def _check_same(plan: Plan, held: list[Path]) -> None:
    candidates = {candidate.slug: candidate for candidate in plan.candidates}
    for path in held:
        candidate = candidates.get(path.stem)
        if candidate is None:
            msg = f"{path}: holds a candidate that is not asked now. Name the same candidates, or another folder."
            raise RunFolderError(msg)
        if path.suffix != ".jsonl" or not store.is_run(path):
            continue
        unlike = _unlike(store.read(path).header, candidate.header)
        if unlike:
            msg = (
                f"{path}: was run with another {', '.join(unlike)}. Resume with the same settings, or say --overwrite."
            )
            raise RunFolderError(msg)


def _unlike(first: Header, second: Header) -> list[str]:
    return [name for name in _SAME if encode(getattr(first, name)) != encode(getattr(second, name))]
