"""Components by name: `name:target?option=value` → object. Holds strings and imports a component when it is built.

Built-in names map to lazy `pkg.mod:Name` targets; packages add their own through the entry-point groups
`harness.answerers`, `harness.detectors`, `harness.scorers` and `harness.engines`. A detector or scorer that is in no
package is named by its place: `class:package.module:Name?option=value`.
"""

from __future__ import annotations

import difflib
import inspect
import sys
import types
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode

from harness.errors import MissingExtraError, SpecError
from harness.records import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Json

__all__ = ["Kind", "accepts", "build", "imported", "known", "parse", "written"]

Kind: TypeAlias = Literal["answerers", "detectors", "scorers", "engines"]

_BUILT_IN: Final[dict[Kind, dict[str, str]]] = {
    "answerers": {
        "openai": "harness.answerers.openai:OpenAI",
        "recorded": "harness.answerers.recorded:Recorded",
        "extractive": "harness.answerers.extractive:Extractive",
        "function": "harness.answerers.function:Function",
        "command": "harness.answerers.command:Command",
        "refuse": "harness.answerers.baselines:Refuse",
        "echo": "harness.answerers.baselines:Echo",
        "oracle": "harness.answerers.baselines:Oracle",
    },
    "detectors": {
        "lexical": "harness.detectors.lexical:Lexical",
        "judge": "harness.detectors.judge:Judge",
        "cascade": "harness.detectors.cascade:Cascade",
        "panel": "harness.detectors.panel:Panel",
    },
    "scorers": {
        "groundedness": "harness.scorers.grounding:Groundedness",
        "hallucination": "harness.scorers.grounding:Hallucination",
        "word_limit": "harness.scorers.length:WordLimit",
        "refusal": "harness.scorers.refusal:Refusal",
        "format": "harness.scorers.format:Format",
        "correctness": "harness.scorers.correctness:Correctness",
        "eligibility": "harness.scorers.eligibility:Eligibility",
        "citations": "harness.scorers.citations:Citations",
        "form": "harness.scorers.form:Form",
        "ragas": "harness.scorers.ragas.scorer:Ragas",
    },
    "engines": {"local": "harness.engines.local:Local"},
}
_LOCAL: Final = "class"
_BY_PLACE: Final[frozenset[Kind]] = frozenset({"detectors", "scorers"})
_EXTRAS: Final = {
    "ragas": "ragas",
    "langchain_community": "ragas",
    "datasets": "datasets",
    "pyarrow": "datasets",
    "jsonschema": "formats",
    "py3langid": "formats",
}


def parse(text: str) -> Spec:
    """Read `name:target?option=value&…`: the name ends at the first `:`, the target at the first `?`.

    >>> parse("openai:gpt-x?temperature=0&base_url=http%3A%2F%2F127.0.0.1%2Fv1").options["base_url"]
    'http://127.0.0.1/v1'
    """
    head, _, query = text.partition("?")
    name, colon, target = head.partition(":")
    if not name.strip():
        msg = f"{text!r} names no component. Write name:target?option=value, e.g. openai:gpt-x?temperature=0"
        raise SpecError(msg)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        msg = f"{text!r}: the options after '?' must read option=value&option=value ({error})"
        raise SpecError(msg) from error
    options: dict[str, Json] = {}
    for key, value in pairs:
        if key in options:
            msg = f"{text!r}: option {key!r} is given twice. Keep one."
            raise SpecError(msg)
        options[key] = value
    return Spec(name=name.strip(), target=target if colon else None, options=options)


def written(spec: Spec) -> str:
    """Write a spec in its short form, options sorted; `parse` reads it back.

    >>> written(parse("lexical?mode=rules"))
    'lexical?mode=rules'
    """
    text = spec.name if spec.target is None else f"{spec.name}:{spec.target}"
    if not spec.options:
        return text
    return f"{text}?{urlencode({k: _plain(v) for k, v in sorted(spec.options.items())}, quote_via=quote)}"


def _plain(value: Json) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def known(kind: Kind) -> dict[str, str]:
    """Return the names of a kind and their targets: built-in ones, then those of installed packages."""
    found = {point.name: point.value for point in entry_points(group=f"harness.{kind}")}
    return {**found, **_BUILT_IN[kind]}


def build(kind: Kind, spec: Spec, /, **given: object) -> Any:  # noqa: ANN401 - any class with the right method will do
    """Build a component; `given` objects are passed where the constructor has a parameter of that name.

    Raises:
        SpecError: unknown name or option, a missing target, or a value that does not fit the annotation.
        MissingExtraError: the component needs a package that is not installed.
    """
    constructor = _load(kind, spec)
    parameters = _parameters(constructor)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    hints = _hints(constructor)
    arguments: dict[str, object] = {k: v for k, v in given.items() if k in parameters}
    if spec.target is not None and not _is_local(kind, spec):
        if "target" not in parameters and not takes_any:
            msg = f"{written(spec)!r}: {spec.name!r} takes no target. Write {spec.name!r}."
            raise SpecError(msg)
        arguments["target"] = spec.target
    for key, value in spec.options.items():
        if (key not in parameters and not takes_any) or key == "target" or key in given:
            options = [p for p in parameters if p not in given and p != "target"]
            msg = f"{written(spec)!r}: unknown option {key!r}.{_near(key, options)}"
            raise SpecError(msg)
        arguments[key] = _coerced(spec, key, value, hints.get(key, str))
    missing = [
        name
        for name, p in parameters.items()
        if p.default is p.empty and p.kind is p.KEYWORD_ONLY and name not in arguments
    ]
    if missing:
        what = "a target" if missing[0] == "target" else f"the option {missing[0]!r}"
        example = f"{spec.name}:TARGET" if missing[0] == "target" else f"{spec.name}?{missing[0]}=VALUE"
        msg = f"{written(spec)!r}: {spec.name!r} needs {what}. Write {example}."
        raise SpecError(msg)
    return constructor(**arguments)


def accepts(kind: Kind, spec: Spec, option: str) -> bool:
    """Say whether the component's constructor has a parameter of that name."""
    return option in _parameters(_load(kind, spec))


def _is_local(kind: Kind, spec: Spec) -> bool:
    return kind in _BY_PLACE and spec.name == _LOCAL


def imported(spec: Spec, *, root: Path | None = None) -> Any:  # noqa: ANN401 - the user's object
    """Import the callable that a spec's target names, `package.module:name`, from `root` (the working folder) first.

    Raises:
        SpecError: no such module or attribute, or it is not callable.
    """
    named, place = f"{spec.name}:{spec.target or ''}", str(root or Path.cwd())
    module_name, colon, attribute = (spec.target or "").partition(":")
    if not colon or not module_name or not attribute:
        msg = f"{named!r} must read {spec.name}:package.module:name"
        raise SpecError(msg)
    if place not in sys.path:  # a console script does not put the project's root on the path
        sys.path.insert(0, place)
    try:
        found: Any = import_module(module_name)
    except ModuleNotFoundError as error:
        msg = f"{named!r}: no module {error.name!r}. It is looked for in {place} and the installed packages."
        raise SpecError(msg) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            msg = f"{named!r}: {module_name!r} has no {part!r}"
            raise SpecError(msg)
        found = getattr(found, part)
    if not callable(found):
        msg = f"{named!r} is a {type(found).__name__}, not something that can be called"
        raise SpecError(msg)
    return found


def _load(kind: Kind, spec: Spec) -> Any:  # noqa: ANN401 - whatever a component is made of
    if _is_local(kind, spec):
        return imported(spec)
    names = known(kind)
    if spec.name not in names:
        local = [_LOCAL] if kind in _BY_PLACE else []
        msg = f"unknown {kind.removesuffix('s')} {spec.name!r}.{_near(spec.name, [*names, *local])}"
        raise SpecError(msg)
    module_name, _, attribute = names[spec.name].partition(":")
    try:
        return getattr(import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        extra = _EXTRAS.get(package)
        if extra is None:
            raise
        msg = f"{spec.name!r} needs the package {package!r}, which is not installed. Install the extra {extra!r}."
        raise MissingExtraError(msg) from error


def _parameters(constructor: Any) -> Mapping[str, inspect.Parameter]:  # noqa: ANN401 - whatever a component is made of
    return inspect.signature(constructor).parameters


def _hints(constructor: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a component is made of
    try:
        return get_type_hints(constructor.__init__ if inspect.isclass(constructor) else constructor)
    except (NameError, TypeError):  # annotations that are imported for type checkers only
        return {}


def _near(name: str, options: list[str]) -> str:
    close = difflib.get_close_matches(name, options, n=1)
    listed = ", ".join(sorted(options)) or "none"
    return (f" Did you mean {close[0]!r}?" if close else "") + f" Known: {listed}."


def _coerced(spec: Spec, key: str, value: Json, hint: Any) -> object:  # noqa: ANN401 - whatever a component is made of
    """Turn the string of a command line into what the annotation says; other values pass as they are."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [a for a in args if a is not types.NoneType]
        return None if value is None else _coerced(spec, key, value, kinds[0])
    if origin is Literal:
        if value not in args:
            msg = f"{written(spec)!r}: {key} must be one of {', '.join(map(repr, args))}, not {value!r}"
            raise SpecError(msg)
        return value
    if not isinstance(value, str) or hint is str:
        return value if hint is not str or isinstance(value, str) else str(value)
    if hint is bool:
        if value.lower() not in {"true", "false", "yes", "no", "1", "0"}:
            msg = f"{written(spec)!r}: {key} must be true or false, not {value!r}"
            raise SpecError(msg)
        return value.lower() in {"true", "yes", "1"}
    if hint in (int, float):
        try:
            return hint(value)
        except ValueError as error:
            msg = f"{written(spec)!r}: {key} must be a number, not {value!r}"
            raise SpecError(msg) from error
    if origin in (tuple, list):
        return tuple(value.split(",")) if value else ()
    return value
