"""promptfoo's configuration: its tests, their variables and their assertions."""

from __future__ import annotations

from typing import Any, Final

import yaml

from harness.errors import UsageError
from harness.exchange.imported import Imported

__all__ = ["imported"]

_QUERY: Final = ("query", "question", "input", "prompt")
_CONTEXTS: Final = ("contexts", "context", "documents", "passages")
_REFERENCES: Final = frozenset({"equals", "similar", "factuality", "model-graded-factuality", "context-recall"})


def imported(text: str) -> Imported:
    """Turn the tests of a configuration into cases; `defaultTest` is added to each.

    Raises:
        UsageError: it is not readable, or holds no list of tests.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        msg = f"not readable as YAML: {error}"
        raise UsageError(msg) from error
    tests = data.get("tests") if isinstance(data, dict) else data
    if not isinstance(tests, list):
        msg = "no list of 'tests' here. Name a promptfoo configuration, with its tests written in the file."
        raise UsageError(msg)
    found = Imported()
    default = data.get("defaultTest") if isinstance(data, dict) else None
    default = default if isinstance(default, dict) else {}
    for key in ("prompts", "providers"):
        found.leave(f"'{key}' (they are candidates: name them with -a)", isinstance(data, dict) and data.get(key))
    for test in tests:
        if isinstance(test, dict):
            _add(test, default, found)
        else:
            found.leave(f"the test {test!r}", test)
    return found


def _add(test: dict[str, Any], default: dict[str, Any], found: Imported) -> None:
    variables = {**(default.get("vars") or {}), **(test.get("vars") or {})}
    query = next((name for name in _QUERY if variables.get(name)), None)
    contexts = next((name for name in _CONTEXTS if variables.get(name)), None)
    for name, value in variables.items():
        if name not in {query, contexts}:
            found.leave(f"variable {name!r}", value)
    given = variables.get(contexts) if contexts is not None else None
    entry: dict[str, Any] = {
        "query": str(variables[query]) if query is not None else "",
        "contexts": [str(one) for one in (given if isinstance(given, list) else [given] if given else [])],
    }
    for said in (*(default.get("assert") or []), *(test.get("assert") or [])):
        _assert(said, entry, found)
    tags = test.get("metadata", {}).get("tags") if isinstance(test.get("metadata"), dict) else None
    entry["tags"] = [str(tag) for tag in tags] if isinstance(tags, list) else []
    for key, value in test.items():
        if key not in {"vars", "assert", "description", "metadata"}:
            found.leave(f"'{key}' of a test", value)
    found.add(entry, str(test.get("description") or ""))


def _assert(said: Any, entry: dict[str, Any], found: Imported) -> None:  # noqa: ANN401 - whatever the file holds
    """Place one assertion; what a case can't say is counted."""
    kind, value = (said.get("type"), said.get("value")) if isinstance(said, dict) else (None, None)
    texts = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    expect = entry.get("expect", {})
    if any(text.startswith("file://") for text in texts) or "{{" in "".join(texts):
        found.left[f"assertion {kind!r} on a file or a variable"] += 1
    elif kind in {"contains", "icontains", "contains-all", "icontains-all"}:
        entry["expect"] = {**expect, "mentions": [*expect.get("mentions", []), *texts]}
    elif kind in {"contains-any", "icontains-any"}:
        entry["expect"] = {**expect, "mentions": [*expect.get("mentions", []), texts]}
    elif kind in {"not-contains", "not-icontains"}:
        entry["expect"] = {**expect, "avoids": [*expect.get("avoids", []), *texts]}
    elif kind in _REFERENCES:
        entry["references"] = [*entry.get("references", []), *texts]
    elif kind == "is-json":
        entry["format"] = {**entry.get("format", {}), "json": True}
    elif kind == "regex":
        entry["format"] = {**entry.get("format", {}), "regex": texts[0]}
    elif kind == "is-refusal":
        entry["answerable"] = "no"
    else:
        found.left[f"assertion {kind!r}"] += 1
