"""The user's own Python callable as a candidate: `function:mypkg.rag:answer`."""

from __future__ import annotations

import asyncio
import inspect
import time
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - the registry reads the annotation
from typing import TYPE_CHECKING, Any

from harness.answerers.given import as_answer
from harness.errors import BreakdownError
from harness.records import Spec
from harness.registry import imported

if TYPE_CHECKING:
    from harness.records import Answer, Question

__all__ = ["Function"]


class Function:
    """Call `module:attribute`, sync (in a thread) or async, with the `Question` (and `trial`, if it takes one)."""

    def __init__(self, *, target: str, root: Path | None = None) -> None:
        """Import the callable; it is looked for in `root` (the working folder) first.

        Raises:
            SpecError: no such module or attribute, or it is not callable.
        """
        self._call = imported(Spec(name="function", target=target), root=root)
        parameters = inspect.signature(self._call).parameters
        self._takes_trial = "trial" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        made = self._call if inspect.isroutine(self._call) else type(self._call).__call__
        self._is_async = inspect.iscoroutinefunction(made)
        self._target = target

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:
        """Call it and read what it returns.

        Raises:
            BreakdownError: it raised (`function_error`), or returned something else than an answer.
        """
        options: dict[str, Any] = {"trial": trial} if self._takes_trial else {}
        began = time.perf_counter()
        try:
            if self._is_async:
                given = await self._call(question, **options)
            else:
                given = await asyncio.to_thread(self._call, question, **options)
                if inspect.isawaitable(given):
                    given = await given
        except BreakdownError:
            raise
        except Exception as error:
            msg = f"{self._target} raised {type(error).__name__}: {error}"
            raise BreakdownError(msg, code="function_error") from error
        answer = as_answer(given, code="function_output")
        return answer if answer.latency is not None else replace(answer, latency=time.perf_counter() - began)
