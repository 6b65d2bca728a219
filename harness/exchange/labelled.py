"""Human-labelled answers: this project's schema as JSON lines, plain or gzipped, and RAGTruth's own format."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["rows"]

_PASSAGE: Final = re.compile(r"^passage \d+:", re.MULTILINE)
_GZIP: Final = b"\x1f\x8b"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a labelled file: JSON lines, plain or gzipped, or RAGTruth's `response.jsonl`.

    RAGTruth's own format needs its `source_info.jsonl` beside it.

    Raises:
        UsageError: no such file, or a line that is not a row, with its number.
    """
    sources: dict[str, dict[str, Any]] | None = None
    for number, data in _lines(path):
        if "response" in data and "source_id" in data:
            if sources is None:
                beside = path.with_name("source_info.jsonl")
                sources = {str(info["source_id"]): info for _, info in _lines(beside)}
            yield _ragtruth(data, sources.get(str(data["source_id"])), f"{path}:{number}")
        elif "id" in data and "contexts" in data:
            yield {"source": path.name.partition(".")[0], **data}
        else:
            msg = f"{path}:{number}: needs 'id', 'contexts' and 'answer' (or RAGTruth's 'response' and 'source_id')"
            raise UsageError(msg)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    data = json.loads(line)
                    if not isinstance(data, dict):
                        msg = f"{path}:{number}: must be an object"
                        raise UsageError(msg)
                    yield number, data
    except (OSError, EOFError) as error:
        msg = f"{path}: cannot be read: {error}. Name a labelled file (JSON lines, plain or gzipped)."
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f"{path}: not JSON lines: {error}"
        raise UsageError(msg) from error


def _ragtruth(data: Mapping[str, Any], info: Mapping[str, Any] | None, place: str) -> dict[str, Any]:
    if info is None:
        msg = f"{place}: source_info.jsonl has no source {data['source_id']!r}"
        raise UsageError(msg)
    given, task = info["source_info"], {"QA": "qa", "Summary": "summary", "Data2txt": "data2txt"}[info["task_type"]]
    query, contexts = None, [given] if isinstance(given, str) else []
    if task == "qa":
        query = given["question"]
        contexts = [part.strip() for part in _PASSAGE.split(given["passages"]) if part.strip()]
    elif task == "data2txt":
        contexts = ["\n".join(_flat(given))]
    spans = [{"start": label["start"], "end": label["end"]} for label in data["labels"]]
    return {
        "id": str(data["id"]),
        "source": f"RAGTruth-{task}",
        "task": task,
        "group": str(data["source_id"]),
        "query": query,
        "contexts": contexts,
        "answer": data["response"],
        "spans": spans,
        "label": 0 if spans else 1,
    }


def _flat(data: object, path: str = "") -> Iterator[str]:
    """Write nested data as `key: value` lines."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _flat(value, f"{path} {key}".strip())
    elif isinstance(data, list):
        for value in data:
            yield from _flat(value, path)
    else:
        yield f"{path}: {data}"
