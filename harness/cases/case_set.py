"""Load suites from files and folders; YAML suites are held, JSON lines are read anew each time."""

from __future__ import annotations

import hashlib
import json
import random
from array import array
from bisect import bisect_right
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from harness.cases.building import Builder
from harness.cases.checking import checked
from harness.cases.nodes import Document, decoded, parsed
from harness.cases.problems import Mark, Problems, shown_path
from harness.cases.schema import CaseEntry, SuiteEntry
from harness.encoding import digest
from harness.errors import CaseFileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.records import Case

__all__ = ["CaseSet", "Suite", "load"]

_YAML: Final = frozenset({".yaml", ".yml"})
_LINES: Final = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A file of cases."""

    name: str
    description: str
    prompt: str | None
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """A JSON lines file: the byte offsets of its cases, and how many answers by each model stand in them."""

    path: Path
    offsets: array[int]
    models: Counter[str]


@dataclass(slots=True)
class _Ids:
    """The case ids so far: by their hashes alone, in eight bytes each, or with the places where they stand."""

    hashes: array[int] = field(default_factory=lambda: array("q"))
    places: dict[str, str] | None = None

    def first(self, case: Case) -> str | None:
        """Take in a case and return where one with its id stands first; without places, where it stands itself."""
        if self.places is not None:
            return self.places.setdefault(case.id, case.location or "")
        self.hashes.append(hash(case.id))
        return case.location

    def doubtful(self) -> bool:
        """Say whether two ids may be the same."""
        return len(set(self.hashes)) < len(self.hashes)


@dataclass(slots=True)
class CaseSet:
    """Checked cases, in the order of the files; `digest` is of their content, wherever the files lie.

    `held` are the cases of YAML suites; those of JSON lines are built anew whenever they are iterated.
    """

    suites: tuple[Suite, ...]
    digest: str
    parts: tuple[tuple[Case, ...] | _Lines, ...] = field(repr=False)

    def __len__(self) -> int:
        """Count the cases."""
        return sum(len(part.offsets if isinstance(part, _Lines) else part) for part in self.parts)

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases in the order of the files."""
        return self._at(range(len(self)))

    def models(self) -> Counter[str]:
        """Count the recorded answers by model; no file is read again."""
        found: Counter[str] = Counter()
        for part in self.parts:
            found.update(
                part.models if isinstance(part, _Lines) else (said.model for case in part for said in case.answers)
            )
        return found

    def ordered(self, seed: int) -> Iterator[Case]:
        """Yield the cases in a permutation that depends on the seed and their number alone."""
        order = array("Q", range(len(self)))
        random.Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
        return self._at(order)

    def _at(self, numbers: Sequence[int] | array[int]) -> Iterator[Case]:
        starts, total = [], 0
        for part in self.parts:
            starts.append(total)
            total += len(part.offsets if isinstance(part, _Lines) else part)
        filled = [k for k in range(len(starts)) if len(self._part(k)) > 0]
        begins = [starts[k] for k in filled]
        with ExitStack() as stack:
            opened = {
                k: (stack.enter_context(part.path.open("rb")), shown_path(part.path))
                for k, part in enumerate(self.parts)
                if isinstance(part, _Lines)
            }
            for number in numbers:
                which = filled[bisect_right(begins, number) - 1]
                part, at = self.parts[which], number - starts[which]
                yield _line_case(part, *opened[which], part.offsets[at]) if isinstance(part, _Lines) else part[at]

    def _part(self, which: int) -> Sequence[object] | array[int]:
        part = self.parts[which]
        return part.offsets if isinstance(part, _Lines) else part


def load(paths: Sequence[str | Path], *, tags: Sequence[str] = ()) -> CaseSet:
    """Load every file, and every suite of every folder; with tags, keep the cases that have any of them.

    Raises:
        UsageError: a path that does not exist, or no file at all.
        CaseFileError: every mistake of every file at once.
    """
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        msg = (
            f"no case file in {', '.join(map(str, paths)) or 'nothing'}. Name YAML or JSONL files, or folders of them."
        )
        raise UsageError(msg)
    problems, found, doubtful = _read(files, tags, _Ids())
    if doubtful:  # nearly always a mistake, which names both places; they are not kept for all cases
        problems, found, _ = _read(files, tags, _Ids(places={}))
    if problems.found:
        raise CaseFileError(problems.sorted())
    if len(found) == 0:
        msg = (
            f"no case has the tag {' or '.join(map(repr, tags))}. `harness cases list` shows the tags."
            if tags
            else ("the files hold no case. `harness cases new FILE` writes a skeleton.")
        )
        raise UsageError(msg)
    return found


def _read(files: Sequence[Path], tags: Sequence[str], seen: _Ids) -> tuple[Problems, CaseSet, bool]:
    """Return the mistakes of the files, the cases, and whether an id may stand twice."""
    problems = Problems()
    suites: list[Suite] = []
    parts: list[tuple[Case, ...] | _Lines] = []
    total = hashlib.sha256()
    for file in dict.fromkeys(files):
        suite, part = (_lines if file.suffix in _LINES else _yaml)(file, problems, tags, seen, total)
        if suite is not None:
            suites.append(suite)
            parts.append(part)
    found = CaseSet(suites=tuple(suites), digest=total.hexdigest(), parts=tuple(parts))
    return problems, found, seen.doubtful()


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [p for p in sorted(path.iterdir()) if p.suffix in _YAML and not p.name.startswith(("_", "."))]
    if not path.exists():
        msg = f"{path}: there is no such file or folder. Name a case file, or a folder of them."
        raise UsageError(msg)
    if path.suffix not in _YAML | _LINES:
        msg = f"{path}: not a case file: it must end in .yaml, .yml or .jsonl"
        raise UsageError(msg)
    return [path]


def _yaml(
    path: Path,
    problems: Problems,
    tags: Sequence[str],
    seen: _Ids,
    total: Any,  # noqa: ANN401 - a hash
) -> tuple[Suite | None, tuple[Case, ...]]:
    text = decoded(path, problems)
    document = parsed(path, text, problems) if text is not None else None
    if document is None:
        return None, ()
    before = len(problems.found)
    entry = checked(SuiteEntry, document, path, problems)
    if entry is None or len(problems.found) > before:
        return None, ()
    suite = Suite(name=entry.suite, description=entry.description, prompt=entry.prompt, path=path)
    prompt = _prompt(entry.prompt, path)
    builder = Builder(path, shown_path(path), entry.suite, prompt, entry.defaults, document, problems)
    cases: list[Case] = []
    for number, case_entry in enumerate(entry.cases):
        case = builder.case(case_entry, ("cases", number))
        _note_twice(case, path, document.mark(("cases", number)), problems, seen)
        if not tags or set(tags) & set(case.tags):
            total.update(_content(case))
            cases.append(case)
    return suite, tuple(cases)


def _prompt(name: str | None, path: Path) -> str | None:
    """Name a prompt file by its path beside the suite, a template by its name."""
    beside = path.parent / name if name else None
    return str(beside) if beside is not None and beside.is_file() else name


def _note_twice(case: Case, path: Path, mark: Mark, problems: Problems, seen: _Ids) -> None:
    first = seen.first(case)
    if first != case.location:
        problems.add(path, mark, f"the case id {case.id!r} stands at {first} already. Rename one of the two.")


def _content(case: Case) -> bytes:
    """Return a digest of a case's content, without where it stands."""
    answers = tuple(replace(answer, location=None) for answer in case.answers)
    return digest(replace(case, location=None, prompt=None, answers=answers)).encode()


def _lines(
    path: Path,
    problems: Problems,
    tags: Sequence[str],
    seen: _Ids,
    total: Any,  # noqa: ANN401 - a hash
) -> tuple[Suite | None, _Lines]:
    """Check every line and keep only where the cases begin."""
    offsets: array[int] = array("Q")
    models: Counter[str] = Counter()
    at, shown = 0, shown_path(path)
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            here, at = at, at + len(raw)
            if not raw.strip():
                continue
            case = _built(path, shown, number, raw, problems)
            if case is None:
                continue
            _note_twice(case, path, Mark(number, 1), problems, seen)
            if not tags or set(tags) & set(case.tags):
                total.update(_content(case))
                offsets.append(here)
                models.update(said.model for said in case.answers)
    suite = Suite(name=path.stem, description="", prompt=None, path=path)
    return suite, _Lines(path=path, offsets=offsets, models=models)


def _line_case(part: _Lines, file: BinaryIO, location: str, offset: int) -> Case:
    file.seek(offset)
    raw = file.readline()
    case = _built(part.path, location, None, raw, Problems())
    if case is None:
        msg = f"{part.path}: changed while it was read. Run again."
        raise UsageError(msg)
    return replace(case, location=location)


def _built(path: Path, shown: str, number: int | None, raw: bytes, problems: Problems) -> Case | None:
    """Build the case of one line; `number` None: it was checked before."""
    mark = Mark(number or 1, 1)
    try:
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=None if number is None else _unique)
    except UnicodeDecodeError:
        problems.add(path, mark, "not UTF-8. Save the file as UTF-8.")
        return None
    except (ValueError, RecursionError) as error:
        problems.add(path, mark, f"not a JSON object: {error}.")
        return None
    suite = data.pop("suite", path.stem) if isinstance(data, dict) else path.stem
    document = Document(data, {(): mark})
    before = len(problems.found)
    entry = checked(CaseEntry, document, path, problems)
    if entry is None:
        return None
    case = Builder(path, shown, str(suite), None, None, document, problems).case(entry, ())
    if len(problems.found) > before:
        return None
    return case


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            msg = f"the key {key!r} stands twice"
            raise ValueError(msg)
        found[key] = value
    return found
