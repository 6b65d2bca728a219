"""The Python interface.

The functions are synchronous and run the event loop in a private thread, so that they work in a notebook and inside a
running loop; `stream` is the asynchronous form.
"""

from __future__ import annotations

import dataclasses
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from harness import cases as case_files
from harness import registry, store
from harness.job import in_thread, planned
from harness.records import Passage, Question, Run, Spec
from harness.runner import stream as stream_events
from harness.runner.folder import prepare
from harness.settings import load as load_settings
from harness.studies import calibration

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from harness.cases import CaseSet
    from harness.records import Detection, Record
    from harness.runner import Plan
    from harness.studies.calibration import Calibration

__all__ = ["calibrate", "detect", "load_cases", "read_run", "run", "stream"]


def load_cases(*paths: str | Path, tags: Sequence[str] = ()) -> CaseSet:
    """Load suites from files and folders, keeping the cases with any of the tags (all, if none is named).

    Raises:
        CaseFileError: every mistake of every file at once.
    """
    return case_files.load(paths, tags=tuple(tags))


def run(
    cases: CaseSet | str | Path,
    answerers: Sequence[str] = (),
    *,
    folder: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    **options: object,
) -> tuple[Run, ...]:
    """Run candidates over cases and return one `Run` a candidate.

    `answerers` are specs such as `"openai:gpt-x"`; `options` are the keys of `[tool.harness]` (detector, scorers,
    trials, concurrency, limit, seed). With a folder the run files are written there and the runs read from them;
    without one the records are held in memory.

    Raises:
        UsageError: any mistake of the caller, before anything is spent.
    """
    where = Path(folder) if folder is not None else None
    asked = _asked(cases, answerers, options, where)
    if where is not None:
        prepare(asked, where, resume=resume, overwrite=overwrite)
    held: dict[str, list[Record]] = {candidate.slug: [] for candidate in asked.candidates}

    async def work() -> None:
        async with aclosing(stream_events(asked, folder=where)) as events:
            async for event in events:
                if event.record is not None and where is None:
                    held[event.candidate.slug].append(event.record)

    in_thread(work())
    if where is not None:
        return store.read_folder(where)
    return tuple(Run(header=c.header, records=tuple(held[c.slug])) for c in asked.candidates)


async def stream(
    cases: CaseSet | str | Path, answerers: Sequence[str] = (), **options: object
) -> AsyncGenerator[tuple[str, Record]]:
    """Yield (candidate, record) as they come; the asynchronous form of `run`, without files."""
    async with aclosing(stream_events(_asked(cases, answerers, options))) as events:
        async for event in events:
            if event.record is not None:
                yield event.candidate.name, event.record


def _asked(
    cases: CaseSet | str | Path, answerers: Sequence[str], options: dict[str, object], folder: Path | None = None
) -> Plan:
    chosen = load_settings({**options, "answerers": tuple(answerers)})
    loaded = load_cases(cases) if isinstance(cases, (str, Path)) else cases
    return planned(chosen, cases=loaded, folder=folder)


def read_run(path: str | Path) -> Run:
    """Open a run file (`<candidate>.jsonl`); its records are read anew at each iteration.

    Raises:
        RunFolderError: no such file, or not a run file.
    """
    return store.read(path)


def detect(
    contexts: Sequence[str | Passage], query: str, answer: str, *, detector: str | Spec = "lexical"
) -> Detection:
    """Find what `answer` says beyond, or against, the contexts; offsets are code points into `answer`."""
    passages = tuple(
        dataclasses.replace(c, id=f"p{n}") if isinstance(c, Passage) else Passage(id=f"p{n}", text=c)
        for n, c in enumerate(contexts, start=1)
    )
    spec = registry.parse(detector) if isinstance(detector, str) else detector
    question = Question(id="detect", query=query, passages=passages)

    async def work() -> Detection:
        built = registry.build("detectors", spec)
        try:
            found: Detection = await built.detect(question, answer)
        finally:
            if hasattr(built, "aclose"):
                await built.aclose()
        return found

    return in_thread(work())


def calibrate(*files: str | Path, detector: str | Spec = "lexical", concurrency: int = 8) -> tuple[Calibration, ...]:
    """Hold a detector against human-labelled answers: one result a source, and one a task where there are several.

    Raises:
        UsageError: a file cannot be read, or holds something else.
    """
    spec = registry.parse(detector) if isinstance(detector, str) else detector
    return in_thread(calibration.calibrate([Path(file) for file in files], spec, concurrency=concurrency))
