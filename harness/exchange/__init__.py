"""Foreign formats: what others' files hold becomes suites, and runs become what others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.exchange.imported import Imported

__all__ = ["read"]


def read(kind: str, file: Path, *, columns: Mapping[str, str], model: str) -> Imported:
    """Read a file of a kind (`csv`, `jsonl`, `ragas`, `deepeval`, `promptfoo`) as cases.

    Raises:
        UsageError: it can't be read, or holds something else; the message names the file.
    """
    from harness.exchange import promptfoo, rows  # noqa: PLC0415 - only for an import

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: cannot be read as UTF-8 text: {error}"
        raise UsageError(msg) from error
    try:
        if kind == "promptfoo":
            return promptfoo.imported(text)
        table = kind == "csv" or (kind == "ragas" and file.suffix == ".csv")
        held = rows.read_csv(text) if table else rows.read_objects(text)
        return rows.imported(held, columns=columns, model=model)
    except UsageError as error:
        msg = f"{file}: {error}"
        raise UsageError(msg) from error
