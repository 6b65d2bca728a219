"""Say how well the models do on answers that they did not see, beside what needs no detector at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.classification import auroc, calibration_error, confusion, resampled
from harness.detectors.model import raised
from harness.studies.training.fitting import (
    ANSWER,
    CLAIM,
    SENTENCE,
    WORD,
    any_of,
    best_thresholds,
    best_word_threshold,
    curve,
    few,
    flagged,
    trees,
)
from harness.studies.training.rows import by_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from harness.studies.training.rows import Rows

    Chances = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["controls", "held_out", "learning_curve", "left_out", "main_set", "only", "span_f1", "telling", "weighed"]

FOLDS: Final = 5
MAIN: Final = "ragtruth"
"""The sets of whole answers to retrieved passages, with spans by hand: sentences and words are fitted here."""
_MAIN_WEIGHT: Final = 3.0
_QA_PREVALENCE: Final = 160 / 900
"""Share of hallucinated answers in RAGTruth's official QA test set."""


def main_set(rows: Rows) -> Flags:
    """Return which answers are of the main set."""
    return np.array([source.startswith(MAIN) for source in rows.sources.tolist()])


def weighed(rows: Rows, pool: Flags) -> Chances:
    """Return a weight for each answer of the pool: a set counts by the root of its size there, the main set thrice."""
    _, codes, counts = np.unique(rows.sources[pool], return_inverse=True, return_counts=True)
    weights = counts.astype(float)[codes] ** -0.5 * np.where(main_set(rows)[pool], _MAIN_WEIGHT, 1.0)
    return np.asarray(weights / weights.mean())


def folds(rows: Rows) -> Iterator[Flags]:
    """Yield the held-out answers of each fold; a source document never lies in two."""
    names = sorted(set(rows.groups.tolist()))
    fold = {name: number % FOLDS for number, name in enumerate(np.random.default_rng(0).permutation(names).tolist())}
    numbers = np.array([fold[name] for name in rows.groups.tolist()])
    for number in range(FOLDS):
        yield numbers == number


def sentence_chances(rows: Rows, fitted_on: Flags, asked: Flags) -> Chances:
    """Fit on the main set's sentences among `fitted_on` and return the chances of those of the answers `asked`."""
    use, wanted = (fitted_on & main_set(rows))[rows.answer], asked[rows.answer]
    model = trees(rows.sentences[use], rows.sentence_labels[use], SENTENCE)
    return raised(rows.sentences[wanted], model.predict_proba(rows.sentences[wanted])[:, 1])


def word_chances(rows: Rows, fitted_on: Flags, asked: Flags) -> Chances:
    """Do the same for words."""
    owner = rows.answer[rows.word_sentence]
    use, wanted = (fitted_on & main_set(rows))[owner], asked[owner]
    return np.asarray(trees(rows.words[use], rows.word_labels[use], WORD).predict_proba(rows.words[wanted])[:, 1])


def telling(rows: Rows) -> Flags:
    """Return which answers are of a set with answers of both kinds: one of a single kind tells nothing apart."""
    _, codes, counts = np.unique(rows.sources, return_inverse=True, return_counts=True)
    bad = np.bincount(codes, rows.answer_labels)
    return np.asarray(((bad > 0) & (bad < counts))[codes])


def answer_chances(rows: Rows, table: NDArray[Any], fitted_on: Flags, asked: Flags) -> Chances:
    """Fit both kinds, one for few sentences on all sets, one for more on the main set, and return the chances."""
    short, labels = few(table), rows.answer_labels
    out = np.zeros(len(table))
    if (wanted := asked & short).any():
        pool = fitted_on & short & telling(rows)
        model = trees(table[pool].astype(np.float32), labels[pool], CLAIM, weighed(rows, pool))
        out[wanted] = model.predict_proba(table[wanted].astype(np.float32))[:, 1]
    if (wanted := asked & ~short).any():
        pool = fitted_on & main_set(rows)
        out[wanted] = curve(table[pool], labels[pool], ANSWER, weighed(rows, pool)).chances(table[wanted])
    return out[asked]


def held_out(rows: Rows) -> tuple[Chances, Chances, Chances, dict[str, Any]]:
    """Return the chances of sentences, words and answers out of fold, and the figures; thresholds from other folds."""
    sentences, words, answers = (
        np.zeros(len(rows.answer)),
        np.zeros(len(rows.word_sentence)),
        np.zeros(len(rows.groups)),
    )
    for held in folds(rows):
        sentences[held[rows.answer]] = sentence_chances(rows, ~held, held)
        main = held & main_set(rows)
        words[main[rows.answer[rows.word_sentence]]] = word_chances(rows, ~held, main)
    table = by_answer(rows, sentences)
    for held in folds(rows):
        answers[held] = answer_chances(rows, table, ~held, held)
    found, marked = np.zeros(len(sentences), bool), words * 0.0
    for held in folds(rows):
        inside, others = held[rows.answer], ~held & main_set(rows)
        here = flagged(rows, sentences, answers, best_thresholds(rows, sentences, answers, others))
        found[inside] = here[inside]
        known = only(rows, others)
        cut = best_word_threshold(lambda t: span_f1(known, here & others[rows.answer], words, t))  # noqa: B023 - used at once
        own = inside[rows.word_sentence]
        marked[own] = words[own] >= cut
    return sentences, words, answers, _figures(rows, answers, found, marked)


def _figures(rows: Rows, answers: Chances, found: Flags, marked: Chances) -> dict[str, Any]:
    """Return the figures per set and task, and over the main set together."""
    out: dict[str, Any] = {}
    main = main_set(rows)
    names = sorted(set(rows.sources.tolist()))
    for name in (MAIN, *names):
        chosen = main if name == MAIN else rows.sources == name
        labels, verdicts = rows.answer_labels[chosen], any_of(rows, found)[chosen]
        if labels.all() or not labels.any():
            continue
        counts, scores, groups = confusion(verdicts, labels), answers[chosen], rows.groups[chosen]
        out[name] = {
            "answers": int(chosen.sum()),
            "prevalence": _round(float(labels.mean())),
            "auroc": _round(auroc(scores, labels)),
            "auroc_95": _interval(lambda r: auroc(scores[r], labels[r]), groups),  # noqa: B023 - used at once
            "balanced_accuracy": _round(counts.balanced_accuracy),
            "f1": _round(counts.f1),
            "f1_95": _interval(lambda r: confusion(verdicts[r], labels[r]).f1, groups),  # noqa: B023 - used at once
            "calibration_error": _round(calibration_error(answers[chosen], labels)),
            "length_auroc": _round(auroc(np.array([len(t) for t in rows.texts], float)[chosen], labels)),
        }
        if chosen[main].any():
            out[name]["span_f1"] = _round(span_f1(only(rows, chosen), found & chosen[rows.answer], marked, 0.5))
        if name.endswith("qa") and main[chosen].all():
            hit = counts.recall or 0.0
            false = counts.false_positive / max(1, counts.false_positive + counts.true_negative)
            share = _QA_PREVALENCE
            out[name]["f1_at_official_prevalence"] = _round(
                2 * share * hit / (share * hit + (1 - share) * false + share)
            )
    scored = [figures["auroc"] for name, figures in out.items() if name != MAIN and figures["answers"] > 100]  # noqa: PLR2004 - fewer say little
    out["macro"] = {"sets": len(scored), "auroc": _round(float(np.mean(scored)))}
    return out


def left_out(rows: Rows, by: str) -> dict[str, float | None]:
    """Return the AUROC on each generator (`models`), or each set (`sources`), by models that saw none of it."""
    out: dict[str, float | None] = {}
    main = main_set(rows)
    values = getattr(rows, by)
    pool = main if by == "models" else np.ones(len(main), bool)
    for value in sorted(set(values[pool].tolist())):
        if by == "sources" and value.startswith(MAIN):
            continue
        held = pool & (values == value)
        if rows.answer_labels[held].all() or not rows.answer_labels[held].any():
            continue
        rest = ~held & ~np.isin(rows.groups, rows.groups[held]) if by == "sources" else pool & ~held
        sentences = np.zeros(len(rows.answer))
        for part in folds(rows):  # out of fold, so that the curves see sentences as they will be
            sentences[(part & rest)[rows.answer]] = sentence_chances(rows, rest & ~part, part & rest)
        sentences[held[rows.answer]] = sentence_chances(rows, rest, held)
        chances = answer_chances(rows, by_answer(rows, sentences), rest, held)
        out[value] = _round(auroc(chances, rows.answer_labels[held]))
    return out


def learning_curve(rows: Rows) -> dict[str, float | None]:
    """Return the AUROC on the main set out of fold, by the share of the other folds' documents fitted on."""
    main, out = main_set(rows), dict[str, float | None]()
    names = np.array(sorted(set(rows.groups.tolist())))
    order = np.random.default_rng(1).permutation(len(names))
    for share in (0.25, 0.5, 0.75):
        part = np.isin(rows.groups, names[order[: int(share * len(names))]])
        sentences, answers = np.zeros(len(rows.answer)), np.zeros(len(rows.groups))
        for held in folds(rows):
            sentences[held[rows.answer]] = sentence_chances(rows, part & ~held, held)
        table = by_answer(rows, sentences)
        for held in folds(rows):
            answers[held] = answer_chances(rows, table, part & ~held, held)
        out[f"{share:.0%} of the documents"] = _round(auroc(answers[main], rows.answer_labels[main]))
    return out


def controls(rows: Rows) -> dict[str, float | None]:
    """Return the AUROC on the main set of what looks at no evidence: the generator's name, the answer's words alone.

    And of the detector's own features with the labels shuffled among the answers fitted on: about one half.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - only training needs it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training needs it

    main = np.flatnonzero(main_set(rows))
    labels, models = rows.answer_labels[main], rows.models[main]
    texts = [rows.texts[n] for n in main]
    table = by_answer(rows, rows.sentences[:, 0].astype(float))[main]
    name, alone, shuffled = np.zeros(len(main)), np.zeros(len(main)), np.zeros(len(main))
    for whole in folds(rows):
        held = whole[main]
        for model in set(models.tolist()):
            name[held & (models == model)] = labels[~held & (models == model)].mean()
        vectors = TfidfVectorizer(min_df=3, sublinear_tf=True).fit(
            [t for t, h in zip(texts, held, strict=True) if not h]
        )
        seen = vectors.transform(texts)
        alone[held] = LogisticRegression(max_iter=2000).fit(seen[~held], labels[~held]).predict_proba(seen[held])[:, 1]
        mixed = np.random.default_rng(0).permutation(labels[~held])
        shuffled[held] = curve(table[~held], mixed, ANSWER, np.ones(int((~held).sum()))).chances(table[held])
    scores = {"generator_name": name, "answer_without_contexts": alone, "shuffled_labels": shuffled}
    return {key: _round(auroc(score, labels)) for key, score in scores.items()}


def only(rows: Rows, chosen: Flags) -> Rows:
    """Return the rows with the labels of all other answers' words taken away."""
    inside = chosen[rows.answer[rows.word_sentence]]
    return rows._replace(word_gold=rows.word_gold * inside, missed=rows.missed * chosen)


def span_f1(rows: Rows, found: Flags, words: Chances, threshold: float) -> float:
    """Return the character F1 of the words marked inside flagged sentences."""
    marked = found[rows.word_sentence] & (words >= threshold)
    hit = int(rows.word_gold[marked].sum())
    gold = int(rows.word_gold.sum()) + int(rows.missed.sum())
    return 2 * hit / max(1, int(rows.word_widths[marked].sum()) + gold)


def _interval(
    measure: Callable[[NDArray[np.int64]], float | None], groups: NDArray[Any]
) -> tuple[float | None, float | None]:
    low, high = resampled(measure, groups) or (None, None)
    return _round(low), _round(high)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
