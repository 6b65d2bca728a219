"""The JSON Schema of `summary.json`, from the nouns themselves, so that it can't drift from them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from harness import records
from harness.summary import Summary, judging, nouns, spending

if TYPE_CHECKING:
    from harness.records import Json

__all__ = ["summary_schema"]

_PLAIN: Final[dict[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def summary_schema() -> str:
    """Return the schema as JSON text."""
    definitions: dict[str, Json] = {}
    root = _of(Summary, definitions)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "summary.json of a run",
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }
    return json.dumps({**schema, **root}, indent=1) + "\n"


def _of(hint: Any, definitions: dict[str, Json]) -> dict[str, Json]:  # noqa: ANN401 - a type hint is any object
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _noun(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if origin is Literal:
        return {"enum": list(args)}
    if origin in (Union, UnionType):
        return {"anyOf": [_of(arg, definitions) for arg in args]}
    if origin is tuple and args[-1] is Ellipsis:
        return {"type": "array", "items": _of(args[0], definitions)}
    if origin is tuple:
        parts: list[Json] = [_of(arg, definitions) for arg in args]
        return {"type": "array", "prefixItems": parts, "minItems": len(args), "maxItems": len(args)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(args[1], definitions)}
    return {"type": _PLAIN[hint]} if hint in _PLAIN else {}


def _noun(cls: type, definitions: dict[str, Json]) -> Json:
    hints = get_type_hints(
        cls, {**vars(records), **vars(spending), **vars(judging), **vars(nouns), "Mapping": Mapping, "Json": object}
    )
    stored = [field.name for field in dataclasses.fields(cls) if field.metadata.get("stored", True)]
    properties: dict[str, Json] = {name: _of(hints[name], definitions) for name in stored}
    said = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    return {"type": "object", "description": said, "properties": properties, "required": list(properties)}
