"""What is suspicious in cases that load without a mistake: findings, never errors.

The contexts are held against references by the offline detector, so a finding is a reason to look, not a proof.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

from harness import stats
from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.text.limits import conflicting_limits, stated_limits
from harness.text.refusal import response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.gate import Rule, Rules
    from harness.records import Case, Question, RecordedAnswer

__all__ = ["CHECKS", "LintFinding", "lint"]

CHECKS: Final[dict[str, str]] = {
    "duplicate": "the same question over the same contexts stands twice",
    "near-duplicate": "nearly the same question over a shared context",
    "reference-unsupported": "an answerable case whose reference the contexts do not support",
    "reference-supported": "an unanswerable case whose contexts do contain the answer",
    "label-contradicts": "a label that contradicts the answer's text",
    "limits-differ": "the instructions state another limit than the case's `limits`",
    "leak": "what a candidate sees gives the label or the reference away",
    "long-contexts": "contexts that may not fit the model's window",
    "imbalance": "hardly any unanswerable, or hardly any answerable, case",
    "too-few": "too few cases for a gate rule: it could not be met by a perfect candidate",
}
"""Every check, in words."""

_NEAR: Final = 92.0  # of 100: a word more or less in a question of ten
_TELLING: Final = re.compile(
    r"(?:un)?answerable|distract|\b(?:gold|relevant|irrelevant|hallucinat\w*)\b", re.IGNORECASE
)
_CHARACTERS_A_TOKEN: Final = 4
_SMALLEST_SHARE: Final = 0.1
_ENOUGH_TO_WEIGH: Final = 10
_WORDS_THAT_TELL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One finding; `check` is a key of `CHECKS`, `location` is `file:line` or the empty text where it is about all."""

    location: str
    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.location or 'all cases'}: {self.check}: {self.message}"


def lint(cases: Iterable[Case], *, rules: Rules | None = None, window: int = 128_000) -> tuple[LintFinding, ...]:
    """Return the findings by place; `window` is the tokens of the smallest model that will be asked.

    Tokens are counted as a quarter of the characters, the usual rule of thumb for English.
    """
    held = tuple(cases)
    found = [*_doubles(held), *_balance(held)]
    for case in held:
        found += _references(case)
        found += _labels(case)
        found += _limits(case)
        found += _leaks(case)
        found += _lengths(case, window)
    if rules is not None:
        found += _power(held, rules)
    return tuple(sorted(found, key=_order))


def _order(finding: LintFinding) -> tuple[str, int, str]:
    file, _, line = finding.location.rpartition(":")
    return file, int(line) if line.isdigit() else 0, finding.check


def _at(case: Case, check: str, message: str) -> LintFinding:
    return LintFinding(location=case.location or case.id, check=check, message=message)


# ------------------------------------------------------------------------------------------------------- several cases


def _doubles(cases: Sequence[Case]) -> Iterator[LintFinding]:
    """Compare the questions over each context; a pair is told once."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        for text in {_plain(passage.text) for passage in case.question.passages} or {""}:
            by_text[text].append(number)
    queries = [_plain(case.question.query) for case in cases]
    told: set[tuple[int, int]] = set()
    for numbers in by_text.values():
        for place, second in enumerate(numbers):
            for first in numbers[:place]:
                alike = queries[first] == queries[second] or fuzz.token_sort_ratio(
                    queries[first], queries[second], score_cutoff=_NEAR
                )
                if alike and (first, second) not in told:
                    told.add((first, second))
                    yield _double(cases[first], cases[second])


def _double(first: Case, second: Case) -> LintFinding:
    asked, again = first.question, second.question
    same = _plain(asked.query) == _plain(again.query) and _texts(asked) == _texts(again)
    same = same and asked.instructions == again.instructions and asked.history == again.history
    check = "duplicate" if same else "near-duplicate"
    verb = "asks the same as" if same else "asks nearly the same as"
    return _at(second, check, f"{second.id!r} {verb} {first.id!r} ({first.location})")


def _limits(case: Case) -> Iterator[LintFinding]:
    stated = stated_limits(case.question.instructions)
    if stated is not None and case.limits is not None:
        for conflict in conflicting_limits(stated, case.limits):
            yield _at(case, "limits-differ", f"{conflict}. Make them agree, or leave `limits` out")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _texts(question: Question) -> list[str]:
    return sorted(_plain(passage.text) for passage in question.passages)


def _balance(cases: Sequence[Case]) -> Iterator[LintFinding]:
    counts = Counter("no" if case.answerable == "no" else "yes" for case in cases if case.answerable is not None)
    total = counts.total()
    for kind, word in (("no", "unanswerable"), ("yes", "answerable")):
        if total >= _ENOUGH_TO_WEIGH and counts[kind] < _SMALLEST_SHARE * total:
            said = f"{counts[kind]} of {total} cases are {word}: refusals can't be judged both ways. Add some"
            yield LintFinding(location="", check="imbalance", message=f"{said}; `harness cases draft` proposes them")


def _power(cases: Sequence[Case], rules: Rules) -> Iterator[LintFinding]:
    """Hold each rule against what a perfect candidate would reach."""
    for rule in rules.rules:
        held = [case for case in cases if rule.tag is None or rule.tag in case.tags]
        groups = [case.group or case.id for case in held]
        said = _unreachable(rule, groups)
        if said is None and len(held) < rules.min_cases:
            said = f"the rules want {rules.min_cases}"
        if said is not None:
            yield LintFinding(location=rule.location, check="too-few", message=f"{rule}: {len(held)} cases; {said}")


def _unreachable(rule: Rule, groups: Sequence[str]) -> str | None:
    if not groups:
        return "none has the tag" if rule.tag is not None else "there is none"
    if rule.against is not None:
        return None  # how many a regression needs depends on the answers: `harness power` says it
    lower = rule.at_least is not None
    best = [1.0 if lower else 0.0] * len(groups)
    interval = None
    if rule.on in {"low", "high"}:
        interval = stats.mean_interval(best, groups)
    elif rule.on.endswith(("_low", "_high")):
        interval = stats.rate_interval(best, groups)
    if interval is None:
        return None
    if lower and rule.on.endswith("low") and interval.low < rule.bound:
        return f"if all pass, the interval's lower end is {interval.low:.3f}"
    if not lower and rule.on.endswith("high") and interval.high > rule.bound:
        return f"if none fails, the interval's upper end is {interval.high:.3f}"
    return None


# ----------------------------------------------------------------------------------------------------------- one case


def _references(case: Case) -> Iterator[LintFinding]:
    for reference in case.references:
        if response(reference) == "refused":
            continue
        found = detection(case.question, reference, shipped())
        claims = [sentence for sentence in found.sentences if sentence.kind == "claim"]
        if case.answerable == "yes" and found.spans:
            words = reference[found.spans[0].start : found.spans[0].end]
            yield _at(case, "reference-unsupported", f"no context of {case.id!r} supports {words!r} of its reference")
        if case.answerable == "no" and claims and not found.spans:
            yield _at(case, "reference-supported", f"the contexts of {case.id!r} support its reference {reference!r}")


def _labels(case: Case) -> Iterator[LintFinding]:
    for answer in case.answers:
        for message in _contradictions(case, answer):
            place = answer.location or case.location or case.id
            said = f"the answer of {answer.model!r} to {case.id!r}: {message}"
            yield LintFinding(location=place, check="label-contradicts", message=said)


def _contradictions(case: Case, answer: RecordedAnswer) -> Iterator[str]:
    labels = answer.labels
    if labels is None:
        return
    said = response(answer.text)
    if labels.refusal is True and said == "answered":
        yield "labelled a refusal, and it reads as an answer"
    if labels.refusal is False and said == "refused":
        yield "labelled no refusal, and it reads as one"
    words = _plain(answer.text)
    copied = bool(words) and any(f" {words} " in f" {text} " for text in _texts(case.question))
    if labels.faithful is False and copied:
        yield "labelled not faithful, and every word of it stands in a context"
    if labels.faithful is True and labels.known is None and said == "answered" and not copied:
        claims = [one for one in detection(case.question, answer.text, shipped()).sentences if one.kind == "claim"]
        if claims and all(one.verdict == "unsupported" for one in claims):
            yield "labelled faithful, and no context supports any sentence of it"


def _leaks(case: Case) -> Iterator[LintFinding]:
    """Look where a candidate looks: the query, the instructions, the passages' sources."""
    for passage in case.question.passages:
        if passage.source is not None and _TELLING.search(passage.source):
            yield _at(case, "leak", f"the source {passage.source!r} of a context of {case.id!r} tells what it is for")
    seen = f"{_plain(case.question.query)} | {_plain(case.question.instructions)}"
    for reference in case.references:
        words = _plain(reference)
        if len(words.split()) >= _WORDS_THAT_TELL and words in seen:
            yield _at(case, "leak", f"the prompt of {case.id!r} holds its reference {reference!r}")
    for name in (case.id.partition("/")[2], *case.tags):
        if _TELLING.search(name) and re.search(rf"\b{re.escape(_plain(name))}\b", seen):
            yield _at(case, "leak", f"the prompt of {case.id!r} holds its id or tag {name!r}")


def _lengths(case: Case, window: int) -> Iterator[LintFinding]:
    tokens = sum(len(passage.text) for passage in case.question.passages) // _CHARACTERS_A_TOKEN
    if tokens > window:
        yield _at(case, "long-contexts", f"the contexts of {case.id!r} are about {tokens:,} tokens, over {window:,}")
