"""How a judge is held to its form: by JSON schema, by JSON object, by a tool, or by words alone.

No request is made to find out: a run sends nothing that is not a case. The first request asks for the strictest form,
and an endpoint that refuses it is asked again one step lower, then always there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from harness.errors import BreakdownError, EndpointRefusedError

if TYPE_CHECKING:
    from harness.chat import Chat, Reply
    from harness.records import Json

__all__ = ["Output", "Outputs"]

Output: TypeAlias = Literal["auto", "schema", "object", "tools", "text"]
_SCHEMA: Final[dict[str, Json]] = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "v": {"type": "string", "enum": ["supported", "contradicted", "absent", "none"]},
                    "e": {"type": "string"},
                    "w": {"type": "string"},
                },
                "required": ["id", "v", "e", "w"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["verdicts"],
    "additionalProperties": False,
}
_FORMS: Final[dict[str, dict[str, Json]]] = {
    "schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdicts", "strict": True, "schema": _SCHEMA},
        }
    },
    "object": {"response_format": {"type": "json_object"}},
    "tools": {
        "tools": [{"type": "function", "function": {"name": "verdicts", "parameters": _SCHEMA}}],
        "tool_choice": {"type": "function", "function": {"name": "verdicts"}},
    },
    "text": {},
}
_LADDER: Final = tuple(_FORMS)
_ABOUT_FORM: Final = re.compile(r"response_?format|json|schema|structured|tool|grammar|guided", re.IGNORECASE)
_ABOUT_TEMPERATURE: Final = re.compile(r"temperature", re.IGNORECASE)
_BAD_REQUEST: Final = frozenset({400, 422})


class Outputs:
    """The form that an endpoint is asked for, and what it has refused so far."""

    def __init__(self, output: Output) -> None:
        """Take the form; `auto` begins at the strictest."""
        self._fixed = output != "auto"
        self.form: str = output if self._fixed else _LADDER[0]
        self._warm = True

    async def ask(
        self, chat: Chat, messages: tuple[dict[str, str], ...], *, draw: str, parameters: dict[str, Json]
    ) -> tuple[Reply, str]:
        """Ask, and return the reply with the form that it was asked for.

        Raises:
            BreakdownError, EndpointRefusedError: as `Chat.complete`.
        """
        while True:
            form, warm = self.form, self._warm
            given: dict[str, Any] = {**parameters, **_FORMS[form]}
            if not warm:
                given.pop("temperature", None)
            try:
                return await chat.complete(messages, draw=draw, **given), form
            except (BreakdownError, EndpointRefusedError) as error:
                if not self._lower(error, form, given):
                    raise

    def _lower(self, error: BreakdownError | EndpointRefusedError, form: str, given: dict[str, Any]) -> bool:
        """Take in what was refused; True if there is another way to ask."""
        if error.code != "client_error" or error.status not in _BAD_REQUEST:
            return False
        said = str(error)
        if "temperature" in given and _ABOUT_TEMPERATURE.search(said):
            self._warm = False
            return True
        if self._fixed or form == _LADDER[-1] or not _ABOUT_FORM.search(said):
            return False
        if self.form == form:  # another call may have stepped down already
            self.form = _LADDER[_LADDER.index(form) + 1]
        return True
