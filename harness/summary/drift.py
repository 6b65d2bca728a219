"""Whether the same candidate is still answered by the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.records import Header

__all__ = ["drift"]


def drift(first: Header, second: Header) -> tuple[str, ...]:
    """Say in words where the endpoint named another model, or another configuration, than in the run before.

    Candidates that are meant to differ (other specs) do not drift, and what an endpoint did not name cannot.
    """
    if first.answerer != second.answerer:
        return ()
    named = (
        ("model", first.model, second.model),
        ("system fingerprint", first.system_fingerprint, second.system_fingerprint),
    )
    return tuple(
        f"drift: the endpoint's {what} was {one} and is {other}: a difference may be the vendor's own"
        for what, one, other in named
        if one and other and one != other
    )
