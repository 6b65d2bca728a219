"""Nouns ⇄ JSON: plain data that never holds NaN, and is ASCII so that lone surrogates survive."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from harness import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Json

__all__ = ["decode", "digest", "encode", "line"]

T = TypeVar("T")


def encode(value: object) -> Json:
    """Return a noun as plain JSON data; fields marked `stored: False` are left out.

    >>> encode(records.Spec(name="openai", target="m"))
    {'name': 'openai', 'target': 'm', 'options': {}}
    """
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _stored(type(value))}
    if isinstance(value, Mapping):
        return {"null" if key is None else str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    msg = f"cannot store a {type(value).__name__}"
    raise TypeError(msg)


@cache
def _stored(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls) if f.metadata.get("stored", True))


def line(value: object) -> str:
    """Return a noun as one line of JSON, newline included: what `encode` gives, at a third of its cost."""
    try:
        return _COMPACT.encode(value) + "\n"
    except TypeError:  # a key that json does not know
        return _COMPACT.encode(encode(value)) + "\n"


def _fields(value: object) -> dict[str, object]:
    """Return the next level of what json does not know; it walks lists and plain values by itself."""
    kind: Any = type(value)
    shape = _shape(kind)
    if shape is not None:
        names, values = shape
        return dict(zip(names, values(value), strict=False))
    if isinstance(value, Mapping):
        return dict(value)
    msg = f"cannot store a {type(value).__name__}"
    raise TypeError(msg)


@cache
def _shape(cls: type) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]] | None:
    """Return the names of a noun's stored fields and what takes their values from it; None of any other class."""
    if not dataclasses.is_dataclass(cls):
        return None
    names = _stored(cls)
    return names, attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, n) for n in names)


_COMPACT: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False, default=_fields)
_CANONICAL: Final = json.JSONEncoder(
    allow_nan=False, separators=(",", ":"), check_circular=False, default=_fields, sort_keys=True
)


def digest(value: object) -> str:
    """Return the SHA-256 of a noun's canonical JSON, in hexadecimal."""
    try:
        text = _CANONICAL.encode(value)
    except TypeError:  # keys of several kinds
        text = _CANONICAL.encode(encode(value))
    return hashlib.sha256(text.encode()).hexdigest()


def decode(cls: type[T], data: Json) -> T:
    """Build a noun from JSON data; keys that this version does not know are ignored.

    Raises:
        ValueError: the data does not fit the noun.
    """
    hint: Any = cls
    return cast("T", _decoder(hint)(data))


@cache
def _decoder(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type hint is any object
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _noun_decoder(cast("type", hint))
    if origin in (Union, UnionType):
        kinds = [a for a in args if a is not NoneType]
        if len(kinds) == 1:
            inner = _decoder(kinds[0])
            return inner if inner is _as_it_is else lambda data: None if data is None else inner(data)
        return _as_it_is
    if origin is tuple:
        item = _decoder(args[0])
        return tuple if item is _as_it_is else lambda data: tuple([item(d) for d in data]) if data != [] else ()
    return _as_it_is  # plain values, and mappings of JSON


def _noun_decoder(cls: type) -> Callable[[Any], Any]:
    hints = get_type_hints(cls, {**vars(records), "Mapping": Mapping, "Iterable": Iterable})
    decoders = {name: _decoder(hints[name]) for name in _stored(cls)}
    names = decoders.keys()
    deep = tuple((name, decoder) for name, decoder in decoders.items() if decoder is not _as_it_is)

    def build(data: Any) -> Any:  # noqa: ANN401 - JSON in, noun out
        if not isinstance(data, dict):
            msg = f"a {cls.__name__} must be an object, not {type(data).__name__}"
            raise ValueError(msg)  # noqa: TRY004 - bad data, not a bad call
        known = data.copy() if data.keys() <= names else {name: data[name] for name in data if name in names}
        for name, decoder in deep:
            if name in known:
                known[name] = decoder(known[name])
        try:
            return cls(**known)
        except TypeError as error:
            msg = f"not a {cls.__name__}: {error}"
            raise ValueError(msg) from error

    return build


def _as_it_is(data: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    return data
