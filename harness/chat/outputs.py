"""How a model is held to a form: by JSON schema, by JSON object, by a tool, or by words alone.

No request is made to find out: a run sends nothing that is not a case. The first request asks for the strictest form,
and an endpoint that refuses it is asked again one step lower, then always there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from harness.errors import BreakdownError, EndpointRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.chat.client import Chat
    from harness.chat.replies import Reply
    from harness.records import Json

__all__ = ["Form", "Output", "Outputs"]

Output: TypeAlias = Literal["auto", "schema", "object", "tools", "text"]
_LADDER: Final = ("schema", "object", "tools", "text")
_ABOUT_FORM: Final = re.compile(r"response_?format|json|schema|structured|tool|grammar|guided", re.IGNORECASE)
_ABOUT_TEMPERATURE: Final = re.compile(r"temperature", re.IGNORECASE)
_BAD_REQUEST: Final = frozenset({400, 422})


@dataclass(frozen=True, slots=True)
class Form:
    """What a reply must look like: a name and a JSON schema; `strict` where the schema is of the strict kind."""

    name: str
    schema: Mapping[str, Any]
    strict: bool = True

    def asked(self, way: str) -> dict[str, Any]:
        """Return the parameters of a request that ask for it in one of the ways."""
        schema = dict(self.schema)
        if way == "schema":
            described = {"name": self.name, "strict": self.strict, "schema": schema}
            return {"response_format": {"type": "json_schema", "json_schema": described}}
        if way == "tools":
            function = {"name": self.name, "parameters": schema}
            choice = {"type": "function", "function": {"name": self.name}}
            return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
        return {"response_format": {"type": "json_object"}} if way == "object" else {}


class Outputs:
    """The way in which an endpoint is asked for forms, and what it has refused so far."""

    def __init__(self, output: Output) -> None:
        """Take the way; `auto` begins at the strictest."""
        self._fixed = output != "auto"
        self.way: str = output if self._fixed else _LADDER[0]
        self._warm = True

    async def ask(
        self,
        chat: Chat,
        messages: Sequence[Mapping[str, str]],
        form: Form,
        *,
        draw: str,
        parameters: Mapping[str, Json],
    ) -> tuple[Reply, str]:
        """Ask, and return the reply with the way in which it was asked for.

        Raises:
            BreakdownError, EndpointRefusedError: as `Chat.complete`.
        """
        while True:
            way, warm = self.way, self._warm
            given: dict[str, Any] = {**parameters, **form.asked(way)}
            if not warm:
                given.pop("temperature", None)
            try:
                return await chat.complete(messages, draw=draw, **given), way
            except (BreakdownError, EndpointRefusedError) as error:
                if not self._lower(error, way, given):
                    raise

    def _lower(self, error: BreakdownError | EndpointRefusedError, way: str, given: dict[str, Any]) -> bool:
        """Take in what was refused; True if there is another way to ask."""
        if error.code != "client_error" or error.status not in _BAD_REQUEST:
            return False
        said = str(error)
        if "temperature" in given and _ABOUT_TEMPERATURE.search(said):
            self._warm = False
            return True
        if self._fixed or way == _LADDER[-1] or not _ABOUT_FORM.search(said):
            return False
        if self.way == way:  # another call may have stepped down already
            self.way = _LADDER[_LADDER.index(way) + 1]
        return True
