"""A vendor's batch endpoint (the OpenAI Batch API) as another way to send the same requests, at a lower price.

Upload, create, and later poll and download: nothing waits meanwhile. What the vendor did not answer is named: an error
of its own by its status, an expired or failed batch as `batch_expired`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from harness.chat.replies import Reply, read_reply
from harness.errors import BreakdownError, EndpointRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai import AsyncOpenAI

__all__ = ["MOST_REQUESTS", "Collected", "collect", "submit"]

MOST_REQUESTS: Final = 50_000
"""How many requests the vendor takes in one batch."""
_PENDING: Final = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_PATH: Final = "/v1/chat/completions"
_OK: Final = 200
_SERVER: Final = 500
_TOO_MANY: Final = 429


@dataclass(slots=True)
class Collected:
    """What came of a batch: replies and breakdowns by custom id, and in words how it ended."""

    status: str
    replies: dict[str, Reply] = field(default_factory=dict)
    broken: dict[str, BreakdownError] = field(default_factory=dict)


async def submit(client: AsyncOpenAI, requests: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Upload (custom id, body) pairs, at most `MOST_REQUESTS`, start the batch and return its id.

    Raises:
        EndpointRefusedError: the endpoint takes no batch of this kind.
    """
    import openai  # noqa: PLC0415 - only when asked for

    lines = (
        json.dumps({"custom_id": name, "method": "POST", "url": _PATH, "body": body}, separators=(",", ":"))
        for name, body in requests
    )
    content = "\n".join(lines).encode()
    patient = client.with_options(max_retries=4)
    try:
        uploaded = await patient.files.create(file=("requests.jsonl", content), purpose="batch")
        made = await patient.batches.create(input_file_id=uploaded.id, endpoint=_PATH, completion_window="24h")
    except openai.APIError as error:
        msg = f"the endpoint took no batch: {error}. Ask it without --batch."
        raise EndpointRefusedError(msg, status=getattr(error, "status_code", None)) from error
    return made.id


async def collect(client: AsyncOpenAI, batch: str) -> Collected | None:
    """Return what came of a batch, None while the vendor is still at it.

    Raises:
        EndpointRefusedError: the endpoint does not know the batch, or does not hand it out.
    """
    import openai  # noqa: PLC0415 - only when asked for

    patient = client.with_options(max_retries=4)
    try:
        found = await patient.batches.retrieve(batch)
        if found.status in _PENDING:
            return None
        collected = Collected(found.status)
        for file in (found.output_file_id, found.error_file_id):
            if file is not None:
                content = await patient.files.content(file)
                for name, line in _lines(content.text):
                    _take(collected, name, line)
    except openai.APIError as error:
        msg = f"the batch {batch!r} cannot be collected: {error}"
        raise EndpointRefusedError(msg, status=getattr(error, "status_code", None)) from error
    return collected


def _lines(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in text.splitlines():
        if line.strip():
            data = json.loads(line)
            yield str(data.get("custom_id")), data


def _take(collected: Collected, name: str, line: Mapping[str, Any]) -> None:
    response = line.get("response") or {}
    status, body = response.get("status_code"), response.get("body") or {}
    if status == _OK:
        try:
            collected.replies[name] = read_reply(body)
        except (TypeError, LookupError, AttributeError) as error:
            msg = f"the body is not a chat completion ({type(error).__name__})"
            collected.broken[name] = BreakdownError(msg, code="malformed")
        return
    said = (line.get("error") or body.get("error") or {}).get("message") or f"status {status}"
    collected.broken[name] = BreakdownError(str(said)[:300], code=_code(status), status=status)


def _code(status: int | None) -> str:
    if status is None:
        return "batch_expired"
    return "rate_limited" if status == _TOO_MANY else "server_error" if status >= _SERVER else "client_error"
