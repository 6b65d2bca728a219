"""The ways in which a reply goes wrong. Each takes the honest reply as data, and draws, and returns a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

__all__ = ["COMPLETE", "INCOMPLETE", "Spoiling"]

Spoiling: TypeAlias = "Callable[[Any, random.Random], str]"


def _rows(data: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return the list of verdicts in a reply, itself: changes to it change the reply."""
    for value in data.values():
        if isinstance(value, list) and value and isinstance(value[0], (dict, str)):
            return value
    msg = "the honest reply holds no list of objects or lines"
    raise ValueError(msg)


def _as_object(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a verdict as an object: a line `NUMBER VERDICT …` has those parts."""
    if isinstance(row, dict):
        return dict(row)
    number, verdict, rest = (*row.split(" ", 2), "")[:3]
    return {"id": int(number), "v": verdict, "rest": rest}


def _as_line(row: dict[str, Any]) -> str:
    first = [row[name] for name in ("id", "v", "rest") if name in row]
    values = [*first, *(value for name, value in row.items() if name not in {"id", "v", "rest"})]
    return " ".join(value if isinstance(value, str) else json.dumps(value) for value in values if value != "")


def _written(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(data, ensure_ascii=draws.random() < 0.5, indent=draws.choice((None, 1, 4)))  # noqa: PLR2004 - a coin


def _around(*pairs: tuple[str, str]) -> Spoiling:
    """Put the reply between a text and another."""

    def spoil(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
        before, after = draws.choice(pairs)
        return f"{before}{_written(data, draws)}{after}"

    return spoil


def _rewritten(change: Callable[[list[dict[str, Any]], random.Random], None]) -> Spoiling:
    """Change the list of verdicts, be they objects or lines."""

    def spoil(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
        rows = _rows(data)
        lines = isinstance(rows[0], str)
        objects = [_as_object(row) for row in rows]
        change(objects, draws)
        rows[:] = [_as_line(row) for row in objects] if lines else objects
        return _written(data, draws)

    return spoil


def _instead(*texts: str) -> Spoiling:
    """Say something else altogether."""
    return lambda _data, draws: draws.choice(texts)


def _key(row: dict[str, Any], *names: str) -> str:
    return next(name for name in names if name in row)


def _verdict(row: dict[str, Any]) -> str:
    return _key(row, "v", "verdict")


def _drop(rows: list[dict[str, Any]], draws: random.Random) -> None:
    for _ in range(draws.randrange(1, len(rows) + 1)):
        rows.pop(draws.randrange(len(rows)))


def _double(rows: list[dict[str, Any]], draws: random.Random) -> None:
    rows.insert(draws.randrange(len(rows) + 1), dict(draws.choice(rows)))


def _contradict(rows: list[dict[str, Any]], draws: random.Random) -> None:
    row = draws.choice(rows)
    name = _verdict(row)
    other = 1 - row[name] if isinstance(row[name], int) else "none" if row[name] != "none" else "absent"
    rows.append({**row, name: other})


def _stranger(rows: list[dict[str, Any]], draws: random.Random) -> None:
    row = dict(draws.choice(rows))
    name = _key(row, "id", "statement")
    row[name] = draws.choice((0, -1, 7, 99_999)) if name == "id" else "Nobody said this."
    rows.append(row)


def _renumber(rows: list[dict[str, Any]], _draws: random.Random) -> None:
    for number, row in enumerate(rows):
        name = _key(row, "id", "statement")
        row[name] = number if name == "id" else f"Statement {number}"


def _range(rows: list[dict[str, Any]], draws: random.Random) -> None:
    row = draws.choice(rows)
    row[_verdict(row)] = draws.choice((-1, 2, 0.5, 10**30, "maybe", "yes", "support", "", None, [], {}, ["supported"]))


def _without(rows: list[dict[str, Any]], draws: random.Random) -> None:
    row = draws.choice(rows)
    del row[_verdict(row)]


def _rename(rows: list[dict[str, Any]], _draws: random.Random) -> None:
    for row in rows:
        row["Judgement"] = f"judged {row.pop(_verdict(row))}"


def _add_field(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    data["confidence"] = 0.9
    for row in _rows(data):
        if isinstance(row, dict):
            row["confidence"] = 0.9
    return _written(data, draws)


def _nest(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    depth = draws.choice((200, 2_000, 20_000))
    return '{"verdicts":' * depth + json.dumps(data)[: draws.randrange(40)]


def _cut(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    """Cut the reply off before its last verdict is whole."""
    written = _written(data, draws)
    last = written.rindex("{") if isinstance(_rows(data)[-1], dict) else written.rindex('"') - 1
    return written[: draws.randrange(last + 1)]


def _double_key(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    rows = _rows(data)
    if isinstance(rows[0], str):
        name = next(key for key, value in data.items() if value is rows)
        return f'{{"{name}": {json.dumps(rows[::-1])}, {json.dumps(data)[1:]}'
    row = draws.choice(rows)
    name = _verdict(row)
    value = json.dumps(row[name])
    other = '"none"' if isinstance(row[name], str) else "1"
    return json.dumps(data).replace(f'"{name}": {value}', f'"{name}": {other}, "{name}": {value}')


def _not_a_number(data: Any, draws: random.Random) -> str:  # noqa: ANN401 - any JSON
    rows = _rows(data)
    at, value = draws.randrange(len(rows)), draws.choice((float("nan"), float("inf"), -float("inf")))
    if isinstance(rows[at], str):
        rows[at] = value
    else:
        rows[at][_verdict(rows[at])] = value
    return json.dumps(data)


def _reorder(rows: list[dict[str, Any]], draws: random.Random) -> None:
    draws.shuffle(rows)
    for row in rows:
        pairs = list(row.items())
        draws.shuffle(pairs)
        row.clear()
        row.update(pairs)


COMPLETE: Final[dict[str, Spoiling]] = {
    "as it should be": _around(("", "")),
    "other order": _rewritten(_reorder),
    "fenced": _around(("```json\n", "\n```"), ("```\n", "\n```"), ("~~~\n", "\n~~~")),
    "prose around": _around(("Sure! Here you are:\n\n", "\n\nLet me know if I can help."), ("Verdicts: ", " Done.")),
    "white space around": _around((" \n\n\t", "\n \n"), ("\ufeff", "\u3000"), ("\r\n" * 50, "\r\n")),
    "reasoning before": _around(
        ('<think>First I read. {"id": 1}</think>\n', ""), ("<thinking>It says {} so</thinking>", "")
    ),
    "a field too many": _add_field,
}
"""Every verdict is there, once: a metric may read it, or say that it can't."""

INCOMPLETE: Final[dict[str, Spoiling]] = {
    "verdicts missing": _rewritten(_drop),
    "a verdict twice": _rewritten(_double),
    "two verdicts on one": _rewritten(_contradict),
    "a stranger's verdict": _rewritten(_stranger),
    "numbered anew": _rewritten(_renumber),
    "out of range": _rewritten(_range),
    "no verdict in it": _rewritten(_without),
    "other keys": _rewritten(_rename),
    "a key twice": _double_key,
    "not a number": _not_a_number,
    "cut off": _cut,
    "nested without end": _nest,
    "the whole twice": lambda data, draws: f"{_written(data, draws)}\n{_written(data, draws)}",
    "all in reasoning": _around(("<think>", ""), ("<think>", "</think>")),
    "an empty list": lambda data, _: json.dumps({name: [] for name in data}),
    "empty": _instead("", " ", "\n", "null", "{}", "[]", '""', "0", "1", "true"),
    "one token": _instead(":", ".", ",", "Solution", "Thought process:", "Let's think step by step.", "1.0", "Yes"),
    "prose": _instead(
        "Everything in the answer is supported.", "All statements are faithful: 1.0", "I can't judge that.",
        "As an AI model I must not give verdicts.", "supported supported supported", "The answer is 100% faithful.",
    ),
    "another language": _instead(
        "<html><body><h1>502 Bad Gateway</h1></body></html>", "verdicts:\n- id: 1\n  v: supported", "<verdicts/>",
        "id,v\n1,supported", "{'verdicts': [{'id': 1, 'v': 'supported'}]}", "\x00\x01\x02", "{" * 3000, "[" * 30_000,
    ),
    "hostile": _instead(
        '{"verdicts": "all supported"}', '{"verdicts": {"id": "*", "v": "supported"}}', '{"score": 1.0}',
        '{"faithful": true, "verdict": 1}', '{"verdicts": [{"id": "1-99", "v": "supported", "e": "", "w": ""}]}',
        '{"id": ' + "9" * 5000 + ', "v": "supported"}', '{"verdicts": [true, true, true]}', "{}{}{}{}",
    ),
}  # fmt: skip
"""Some verdict is not there, or not once: no number can be right."""
