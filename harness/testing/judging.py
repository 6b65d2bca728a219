"""A judge for tests that says what it is told to: it reads a judge's prompt, and answers in the judge's form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["JudgeRequest", "ScriptedJudge", "judge_request", "written"]

_FENCED: Final = re.compile(r"<<<(?P<code>\w+) (?P<name>\w+)\n(?P<body>.*?)\n(?P=code)>>>", re.DOTALL)
_NUMBERED: Final = re.compile(r"^(\d+): (.*)$", re.MULTILINE)
_NAMED: Final = re.compile(r"^\[(P\d+)\] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """What a judge was asked: its passages by name, and the numbered sentences."""

    passages: Mapping[str, str]
    sentences: Mapping[int, str]

    @property
    def controls(self) -> frozenset[str]:
        """The passages that stand among the sentences word for word: the control passage is one of them."""
        said = set(self.sentences.values())
        return frozenset(name for name, text in self.passages.items() if text in said)


def judge_request(body: Mapping[str, Any]) -> JudgeRequest:
    """Read a request of `judge:MODEL`."""
    parts = {found["name"]: found["body"] for found in _FENCED.finditer(body["messages"][-1]["content"])}
    cut = _NAMED.split(parts["passages"])[1:]
    passages = {name: text.rstrip("\n") for name, text in zip(cut[::2], cut[1::2], strict=True)}
    return JudgeRequest(passages, {int(n): text for n, text in _NUMBERED.findall(parts["answer"])})


def written(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the reply that gives these verdicts: `id`, `v`, `e` (evidence) and `w` (words at fault) of each."""
    lines = []
    for row in rows:
        parts = {"supported": [row["e"]], "contradicted": [row["e"] or "||", row["w"]], "absent": [row["w"]]}
        rest = "|".join(parts.get(row["v"], []))
        lines.append(f"{row['id']} {row['v']} {rest}".rstrip())
    return json.dumps({"verdicts": lines}, separators=(",", ":"))


class ScriptedJudge:
    """A script for `ScriptedServer`: gives every sentence the verdict that `truth` has for it.

    Where `truth` says None, a sentence that a passage holds word for word is supported, any other absent.
    """

    def __init__(self, truth: Callable[[str], str | None] = lambda _: None) -> None:
        """Take what is true of a sentence, as the judge sees it."""
        self._truth = truth

    def __call__(self, body: Mapping[str, Any], _number: int) -> str:
        """Answer a request."""
        return written(self.verdicts(judge_request(body)))

    def verdicts(self, asked: JudgeRequest) -> list[dict[str, Any]]:
        """Return the verdict on every number."""
        return [self._verdict(asked, number, text) for number, text in asked.sentences.items()]

    def _verdict(self, asked: JudgeRequest, number: int, sentence: str) -> dict[str, Any]:
        holding = [name for name, text in asked.passages.items() if sentence in " ".join(text.split())]
        verdict = self._truth(sentence) or ("supported" if holding else "absent")
        if verdict != "supported":
            return {"id": number, "v": verdict, "e": "", "w": "" if verdict == "none" else sentence[:40]}
        others = [n for n, text in asked.passages.items() if n not in asked.controls and text.strip()]
        name = (holding or others or ["P1"])[0]
        words = (sentence if holding else asked.passages.get(name, "")).split()
        quote = f"{name}|{' '.join(words[:3])}|{' '.join(words[-2:])}"
        return {"id": number, "v": verdict, "e": quote, "w": ""}
