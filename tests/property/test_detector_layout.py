"""The same text in another layout, or the passages in another order, come to the same verdicts."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.property.recorded import MODES, SHOWN, Example, as_given, examples, judged, statement_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.records import Detection


class Changed(NamedTuple):
    """A text in another layout, and for each character where it stood (-1: it is new)."""

    text: str
    origins: tuple[int, ...]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch stood before."""
        inside = [origin for origin in self.origins[start:end] if origin >= 0]
        return inside[0], inside[-1] + 1


def changed(text: str, pattern: str, new: Callable[[re.Match[str]], str]) -> Changed:
    """Put something else in the place of matches; a letter of the match keeps its origin where it is found in order."""
    out: list[str] = []
    origins: list[int] = []
    at = 0
    for match in re.finditer(pattern, text):
        out.append(text[at : match.start()])
        origins.extend(range(at, match.start()))
        put, left = new(match), match.start()
        for character in put:
            where = text.find(character, left, match.end()) if len(put) != len(match.group()) else left
            origins.append(where)
            left = where + 1 if where >= 0 else left
        out.append(put)
        at = match.end()
    origins.extend(range(at, len(text)))
    return Changed("".join(out) + text[at:], tuple(origins))


def some(every: int, new: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    """Change every `every`th match."""
    counter = iter(range(10**6))
    return lambda match: new(match.group()) if next(counter) % every == every - 1 else match.group()


GAP = r"(?<=[\w,;]) (?=[^\W\d_]{2})"
WORD = r"(?<![\w*_`'’-])[^\W\d_]{3,}(?![\w*_`'’-])"
NUMBER = r"(?<![\w.,*_`$€£:/-])\d+(?![\w.,*_`%:/-]|\s?[%°])"


def prose(text: str) -> bool:
    """Say whether the text is running text, in which layout carries no meaning."""
    return "\n" not in text and not re.search(r"[|`*_#<>{}=]", text) and "http" not in text


LAYOUTS: dict[str, Callable[[str], Changed]] = {
    "wrapped lines": lambda text: changed(text, GAP, some(7, lambda _: "\n")),
    "wrapped at every word": lambda text: changed(text, GAP, some(1, lambda _: "\n")),
    "doubled spaces": lambda text: changed(text, r" (?=\S)", some(2, lambda _: "  ")),
    "**bold**": lambda text: changed(text, WORD, some(4, lambda word: f"**{word}**")),
    "*italic*": lambda text: changed(text, WORD, some(4, lambda word: f"*{word}*")),
    "_underlined_": lambda text: changed(text, WORD, some(4, lambda word: f"_{word}_")),
    "**number**": lambda text: changed(text, NUMBER, some(1, lambda number: f"**{number}**")),
    "_number_": lambda text: changed(text, NUMBER, some(1, lambda number: f"_{number}_")),
    "curly apostrophes": lambda text: changed(text, r"(?<=\w)'(?=\w)", some(1, lambda _: "’")),
    "straight apostrophes": lambda text: changed(text, r"(?<=\w)’(?=\w)", some(1, lambda _: "'")),
    "curly quotes": lambda text: changed(text, r'"[^"]*"', some(1, lambda said: f"“{said[1:-1]}”")),
    "straight quotes": lambda text: changed(text, r"[“”]", some(1, lambda _: '"')),
    "no-break spaces": lambda text: changed(text, r"(?<=[a-z]) (?=[a-z])", some(3, lambda _: "\u00a0")),
}


layouts = pytest.mark.parametrize("layout", LAYOUTS)


def verdicts(found: Detection) -> list[str | None]:
    return [sentence.verdict for sentence in found.sentences]


def differences(
    given: Iterable[Example], layout: Callable[[str], Changed], *, contexts: bool, rules: bool
) -> tuple[list[tuple[str, object, object]], int]:
    """Return the answers on which a layout of answer or contexts changes verdicts or spans, and how many were tried."""
    out: list[tuple[str, object, object]] = []
    tried = 0
    for one in given:
        texts = one.contexts if contexts else (one.answer,)
        if not all(prose(text) for text in texts) or all(layout(text).text == text for text in texts):
            continue
        tried += 1
        before = as_given(one, rules)
        if contexts:
            other = Changed(one.answer, tuple(range(len(one.answer))))
            after = judged([layout(text).text for text in one.contexts], one.query, one.answer, rules=rules)
        else:
            other = layout(one.answer)
            after = judged(one.contexts, one.query, other.text, rules=rules)
        told = (verdicts(before), [(span.start, span.end, span.label) for span in before.spans])
        again = (verdicts(after), [(*other.back(span.start, span.end), span.label) for span in after.spans])
        if told != again:
            out.append((other.text, told, again))
    return out, tried


def test_layouts_are_mapped_back() -> None:
    text = 'It\'s "the old pump" that starts at 9 in Aldern, he said.'
    for layout in LAYOUTS.values():
        other = layout(text)
        kept = [(n, origin) for n, origin in enumerate(other.origins) if origin >= 0]
        assert len(other.origins) == len(other.text)
        assert [origin for _, origin in kept] == sorted(origin for _, origin in kept)
        for n, origin in kept:
            assert other.text[n] == text[origin] or not other.text[n].isalnum()


@MODES
@layouts
def test_the_layout_of_the_answer_changes_nothing(layout: str, rules: bool) -> None:
    wrong, tried = differences(examples(), LAYOUTS[layout], contexts=False, rules=rules)
    if not rules:
        more, also = differences(statement_examples(), LAYOUTS[layout], contexts=False, rules=rules)
        wrong, tried = wrong + more, tried + also
    assert tried or (rules and layout == "straight quotes")
    assert not wrong[:SHOWN], (len(wrong), tried)


@MODES
@layouts
def test_the_layout_of_the_contexts_changes_nothing(layout: str, rules: bool) -> None:
    wrong, tried = differences(examples(), LAYOUTS[layout], contexts=True, rules=rules)
    assert tried or layout in {"straight quotes", "straight apostrophes", "curly quotes"}
    assert not wrong[:SHOWN], (len(wrong), tried)


def unlike(given: Iterable[tuple[Example, Example]], *, rules: bool, skip: int = 0) -> list[tuple[str, object, object]]:
    """Return the pairs whose verdicts differ; the second answer has `skip` sentences in front."""
    out: list[tuple[str, object, object]] = []
    for one, other in given:
        before = verdicts(as_given(one, rules))
        after = verdicts(judged(*other, rules=rules))[skip:]
        if before != after:
            out.append((other.answer, before, after))
    return out[:SHOWN]


@MODES
def test_capitals_in_headings_of_the_answer_change_nothing(rules: bool) -> None:
    title = "What the passages say"
    pairs = [
        (one._replace(answer=f"{title}\n\n{one.answer}"), one._replace(answer=f"{title.upper()}\n\n{one.answer}"))
        for one in examples()
    ]
    assert not unlike(pairs, rules=rules)


@MODES
def test_capitals_in_headings_of_the_contexts_change_nothing(rules: bool) -> None:
    def titled(one: Example, title: str) -> Example:
        return one._replace(contexts=tuple(f"{title}\n\n{text}" for text in one.contexts))

    pairs = [(titled(one, "Opening hours and prices"), titled(one, "OPENING HOURS AND PRICES")) for one in examples()]
    assert not unlike(pairs, rules=rules)


@MODES
def test_the_order_of_the_passages_changes_nothing(rules: bool) -> None:
    pairs = [
        (one, one._replace(contexts=tuple(random.Random(n).sample(one.contexts, len(one.contexts)))))
        for n, one in enumerate(examples())
        if len(one.contexts) > 1
    ]
    assert len(pairs) > 50
    assert not unlike(pairs, rules=rules)


@MODES
def test_a_passage_given_twice_changes_nothing(rules: bool) -> None:
    pairs = [
        (one, one._replace(contexts=(*one.contexts, one.contexts[n % len(one.contexts)])))
        for n, one in enumerate(examples())
        if one.contexts
    ]
    assert not unlike(pairs, rules=rules)
