"""What would a trivial candidate score? Refuse always, parrot the contexts, or know the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Case, Question

__all__ = ["Echo", "Oracle", "Refuse"]

_REFUSAL = "I don't know."


class Refuse:
    """Decline every question."""

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:  # noqa: ARG002 - the protocol's form
        """Say that the answer is not known."""
        return Answer(text=_REFUSAL, model="refuse")


class Echo:
    """Parrot the contexts: perfectly grounded, and no answer."""

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:  # noqa: ARG002 - the protocol's form
        """Say all passages, one after another."""
        return Answer(text="\n\n".join(passage.text for passage in question.passages), model="echo")


class Oracle:
    """Say the first reference; decline where there is none. It sees the case, which no candidate does."""

    def __init__(self, *, case_of: Callable[[str], Case]) -> None:
        """Take what finds the case that a question was made from."""
        self._case_of = case_of

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:  # noqa: ARG002 - the protocol's form
        """Say the reference."""
        references = self._case_of(question.id).references
        return Answer(text=references[0] if references else _REFUSAL, model="oracle")
