"""Hold JSON values against a JSON Schema, through `jsonschema` (extra `formats`); nothing is ever fetched."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Json

__all__ = ["schema_problem", "schema_violation"]


def schema_problem(schema: Mapping[str, Json]) -> str | None:
    """Say what is wrong with a schema itself, None if nothing is; its references may only point inside it.

    >>> schema_problem({"type": "object"}) is None, schema_problem({"type": 7}) is None
    (True, False)
    """
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - an extra, and slow to import
    from jsonschema.validators import validator_for  # noqa: PLC0415 - an extra

    if any(not str(reference).startswith("#") for reference in _references(schema)):
        return "a $ref points outside the schema"
    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"
    except RecursionError:
        return "nested too deeply"
    return None


def schema_violation(schema: str, value: Json) -> str | None:
    """Say where a value breaks the schema (JSON text) and what was expected there, None if it does not.

    >>> schema_violation('{"properties": {"days": {"type": "integer"}}}', {"days": "five"})
    "$.days: 'five' is not of type 'integer'"
    """
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - an extra, and slow to import

    try:
        error = next(_validator(schema).iter_errors(value), None)
    except (RecursionError, Unresolvable):
        return "$: the schema cannot be applied"
    return None if error is None else f"{error.json_path}: {error.message[:200]}"


def _references(node: object) -> list[object]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:  # noqa: ANN401 - a class that is chosen by the schema's dialect
    from jsonschema.validators import validator_for  # noqa: PLC0415 - an extra, and slow to import
    from referencing import Registry  # noqa: PLC0415 - an extra

    loaded = json.loads(schema)
    return validator_for(loaded)(loaded, registry=Registry())
