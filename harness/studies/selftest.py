"""A gate that proves itself: regressions of known size are planted in a run, and the rules must see them.

The planted answers go through the run's own detector and scorers. Beside what each rule catches stands how often it
cries wolf over null runs: the same candidate, its clusters of cases drawn anew, its trials (or, with one trial each,
the two runs at hand) swapped at random.
"""

from __future__ import annotations

import dataclasses
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness import gate, store
from harness.encoding import line
from harness.records import Run
from harness.report.figures import Table
from harness.studies.baselines import rescore
from harness.studies.mutation import mutants
from harness.summary import summarise
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.gate import Rules
    from harness.records import Case, Header, Record

__all__ = ["SIZES", "Planted", "SelfTest", "self_test", "tables"]

SIZES: Final = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of all answers in which a regression is planted."""
_DRAWS: Final = 10
_NULLS: Final = 100
_WORDS: Final = 6
_DECLINED: Final = "I don't know."

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A regression of one kind and size: `answers` were changed, `caught` says in what share of draws each rule saw it.

    `share` is what was wanted; fewer answers may fit the kind.
    """

    kind: str
    share: float
    answers: int
    caught: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """What the rules catch, and how often each, and any, cries wolf over `nulls` null runs."""

    candidate: str
    answers: int
    planted: tuple[Planted, ...]
    alarms: Mapping[str, float]
    any_alarm: float
    nulls: int
    notes: tuple[str, ...] = ()


async def self_test(
    rules: Rules, run: Run, cases: Mapping[str, Case], other: Run | None = None, *, seed: int = 0
) -> SelfTest:
    """Plant regressions in `run` and hold the rules against them; `other` is a second run of the same cases.

    Raises:
        GateError: a rule can't be decided on the run at all.
    """
    chosen = random.Random(seed)  # noqa: S311 - draws of a simulation, no secret
    records = {(record.case_id, record.trial): record for record in run.records}
    whole = _verdicts(rules, run, run)
    planted = []
    for kind, change in _KINDS.items():
        changed = await _changed(run, cases, change, chosen)
        for share in SIZES if changed else ():
            wanted = min(len(changed), max(1, round(share * len(records))))
            caught = dict.fromkeys(whole, 0)
            for _ in range(_DRAWS):
                swapped = {**records, **{key: changed[key] for key in chosen.sample(sorted(changed), wanted)}}
                verdicts = _verdicts(rules, Run(header=run.header, records=tuple(swapped.values())), run)
                for rule, passed in verdicts.items():
                    caught[rule] += not passed
            shares = {rule: count / _DRAWS for rule, count in caught.items()}
            planted.append(Planted(kind=kind, share=share, answers=wanted, caught=shares))
    alarms, either = _alarms(rules, run, other, chosen)
    return SelfTest(
        candidate=run.header.candidate,
        answers=len(records),
        planted=tuple(planted),
        alarms=alarms,
        any_alarm=either,
        nulls=_NULLS,
        notes=tuple(_notes(whole, run, other)),
    )


def _notes(whole: Mapping[str, bool], run: Run, other: Run | None) -> Iterator[str]:
    for rule, passed in whole.items():
        if not passed:
            yield f"unmet before anything was planted, so it proves nothing here: {rule}"
    if run.header.trials < 2 and other is None:  # noqa: PLR2004 - two trials can be swapped
        yield (
            "one trial a case and no second run: null runs differ in their cases alone, so rules against the baseline "
            "can't cry wolf. Run with --trials 2 or more."
        )


def _verdicts(rules: Rules, run: Run, baseline: Run) -> dict[str, bool]:
    """Return whether the run meets each rule that concerns it, held against the baseline."""
    own = dataclasses.replace(
        rules, rules=tuple(rule for rule in rules.rules if rule.candidate in (None, run.header.candidate))
    )
    summary = summarise([run], title="self-test")
    result = gate.check(own, summary, gate.against_baseline(own, [run], [baseline]))
    return {row.rule: row.passed for row in result.results}


# ----------------------------------------------------------------------------------------------------- the regressions


async def _changed(
    run: Run,
    cases: Mapping[str, Case],
    change: Callable[[Record, Case, Sequence[str]], str | None],
    chosen: random.Random,
) -> dict[Key, Record]:
    """Return the records whose answers can be changed, changed and scored again by the run's own components."""
    sentences = _sentences(cases)
    changed = []
    for record in run.records:
        case = cases.get(record.case_id)
        if record.answer is None or case is None:
            continue
        own = " ".join(passage.text for passage in case.question.passages)
        foreign = [s for s in chosen.sample(sentences, min(30, len(sentences))) if s not in own]
        text = change(record, case, foreign)
        if text is not None:
            answer = dataclasses.replace(record.answer, text=text, raw=text)
            changed.append(dataclasses.replace(record, answer=answer, scores=(), failures=()))
    if not changed:
        return {}
    with tempfile.TemporaryDirectory() as name:
        path, cases_file = Path(name) / "planted.jsonl", Path(name) / "cases.json.gz"
        path.write_text(line(run.header) + "".join(map(line, changed)), encoding="ascii")
        store.write_cases(cases_file, (cases[record.case_id] for record in changed), run.header.cases_digest)
        scored = await rescore(path, cases_file, run.header)
    return {(record.case_id, record.trial): record for record in scored.records}


def _sentences(cases: Mapping[str, Case]) -> list[str]:
    """Return sentences of all passages that claim something: said elsewhere, they are invented."""
    texts = dict.fromkeys(passage.text for case in cases.values() for passage in case.question.passages)
    found = {t[s.start : s.end].strip(): None for t in texts for s in segments(t) if s.kind == "sentence"}
    return [sentence for sentence in found if len(sentence.split()) >= _WORDS and "\n" not in sentence]


def _hallucinated(record: Record, _case: Case, foreign: Sequence[str]) -> str | None:
    """Append a sentence that stands in another case's passages to an answer without a finding."""
    scores = {score.metric: score for score in record.scores}
    faithful = "groundedness" in scores and scores["groundedness"].value == 1
    if not faithful or record.answer is None or not foreign:
        return None
    return f"{record.answer.text.rstrip()} {foreign[0]}"


def _changed_fact(record: Record, case: Case, _foreign: Sequence[str]) -> str | None:
    """Change a number, a name or a negation in a sentence that the contexts hold."""
    if record.answer is None:
        return None
    text, contexts = record.answer.text, [passage.text for passage in case.question.passages]
    for part in segments(text):
        for mutant in mutants(text[part.start : part.end], contexts):
            return text[: part.start] + mutant.text + text[part.end :]
    return None


def _flipped(record: Record, _case: Case, foreign: Sequence[str]) -> str | None:
    """Decline what was rightly answered, and answer what was rightly declined."""
    refusal = next((score for score in record.scores if score.metric == "refusal"), None)
    if refusal is None or refusal.passed is not True:
        return None
    if record.answerable == "yes":
        return _DECLINED
    return " ".join(foreign[:2]) or None


def _too_long(record: Record, case: Case, _foreign: Sequence[str]) -> str | None:
    """Carry on an answer that kept its word limit, with words of its passages, until it is broken."""
    kept = any(score.metric == "word_limit" and score.passed for score in record.scores)
    most = case.limits.max_words if case.limits is not None else None
    words = " ".join(passage.text for passage in case.question.passages).split()
    if not kept or most is None or record.answer is None or not words:
        return None
    text = record.answer.text.split()
    while len(text) <= most + most // 5 + 1:
        text += words
    return " ".join(text[: most + most // 5 + 2])


_KINDS: Final[dict[str, Callable[[Record, Case, Sequence[str]], str | None]]] = {
    "hallucinations inserted": _hallucinated,
    "facts changed": _changed_fact,
    "refusals flipped": _flipped,
    "word limits broken": _too_long,
}


# ------------------------------------------------------------------------------------------------------- the null runs


def _alarms(rules: Rules, run: Run, other: Run | None, chosen: random.Random) -> tuple[dict[str, float], float]:
    """Return how often each rule, and any, is missed by null runs."""
    clusters: dict[tuple[bool, str], list[tuple[Record, Record]]] = {}
    for pair in _pairs(run, other):
        owner = (pair[0].group is None, pair[0].group or pair[0].case_id)
        clusters.setdefault(owner, []).append(pair)
    counts: dict[str, int] = {}
    either = 0
    for _ in range(_NULLS):
        drawn = [clusters[owner] for owner in chosen.choices(sorted(clusters), k=len(clusters))]
        sides: tuple[list[Record], list[Record]] = ([], [])
        for number, members in enumerate(drawn):
            turned = chosen.random() < 0.5  # noqa: PLR2004 - a fair coin
            for pair in members:
                for side, record in zip(sides, reversed(pair) if turned else pair, strict=True):
                    side.append(_renamed(record, number, pair[0].trial))
        null, baseline = (Run(header=_headed(run, len(side)), records=tuple(side)) for side in sides)
        verdicts = _verdicts(rules, null, baseline)
        for rule, passed in verdicts.items():
            counts[rule] = counts.get(rule, 0) + (not passed)
        either += not all(verdicts.values())
    return {rule: count / _NULLS for rule, count in counts.items()}, either / _NULLS


def _pairs(run: Run, other: Run | None) -> Iterator[tuple[Record, Record]]:
    """Yield pairs that differ by chance alone: two trials of a case, or the same case in two runs, or a case twice."""
    facing = {(record.case_id, record.trial): record for record in (other or run).records}
    if run.header.trials > 1:
        trials: dict[str, list[Record]] = {}
        for record in run.records:
            trials.setdefault(record.case_id, []).append(record)
        for records in trials.values():
            yield from zip(records, records[1:] + records[:1], strict=True)
        return
    for record in run.records:
        yield record, facing.get((record.case_id, record.trial), record)


def _renamed(record: Record, number: int, trial: int) -> Record:
    group = None if record.group is None else f"{record.group}#{number}"
    return dataclasses.replace(record, case_id=f"{record.case_id}#{number}", group=group, trial=trial)


def _headed(run: Run, planned: int) -> Header:
    return dataclasses.replace(run.header, planned=planned)


def tables(result: SelfTest) -> tuple[Table, Table]:
    """Return what the rules catch, and how often they cry wolf; the second table names the rules by number."""
    rules = list(result.alarms)
    caught = Table(
        title=f"{result.candidate}, {result.answers} answers: share of draws in which a rule catches what was planted",
        columns=("planted", "answers", *(f"rule {number}" for number in range(1, len(rules) + 1))),
        rows=tuple(
            (f"{row.kind}, {row.share:.0%}", str(row.answers), *(f"{row.caught[rule]:.0%}" for rule in rules))
            for row in result.planted
        ),
    )
    alarms = Table(
        title=f"{result.candidate}: share of {result.nulls} null runs in which a rule cries wolf",
        columns=("rule", "false alarms"),
        rows=(
            *((f"{n}  {rule}", f"{share:.0%}") for n, (rule, share) in enumerate(result.alarms.items(), start=1)),
            ("any of them", f"{result.any_alarm:.0%}"),
        ),
    )
    return caught, alarms
