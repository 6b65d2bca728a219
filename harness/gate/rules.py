"""Rules files: YAML in, `Rules` out, each mistake with its file and line."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import yaml

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AMOUNTS", "ON", "SHARES", "SINGLE", "Rule", "Rules", "hint", "load_rules"]

AMOUNTS: Final = ("cost", "latency_p50", "latency_p95", "first_token_p50", "first_token_p95", "words_p95")
"""The quantities that are not shares, and so may have a bound above 1."""
SINGLE: Final = (*AMOUNTS, "failures")
"""The quantities that are one number, with no interval and no tags."""
SHARES: Final = (
    "missed_refusals",
    "over_refusals",
    "refusal_f1",
    "grounded_refusal_f1",
    "truthfulness",
    "eligible_groundedness",
)
"""The quantities that have an interval, but neither a pass rate nor tags."""
ON: Final[dict[str, str]] = {
    "mean": "mean",
    "low": "lower bound of the mean",
    "high": "upper bound of the mean",
    "pass_rate": "share of answers that pass",
    "pass_rate_low": "lower bound of the share of answers that pass",
    "pass_rate_high": "upper bound of the share of answers that pass",
    "rate": "share of answers that do not pass",
    "rate_low": "lower bound of the share of answers that do not pass",
    "rate_high": "upper bound of the share of answers that do not pass",
}
"""What of a metric a rule may be held against, in words."""

_RULE_KEYS: Final = ("metric", "at_least", "at_most", "on", "candidate", "tag", "against", "margin", "min_effect")
_NUMBERS: Final = ("at_least", "at_most", "margin", "min_effect")
_FILE_KEYS: Final = ("rules", "min_cases", "baseline")
_PYPROJECT: Final = "pyproject.toml"
_MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand on one quantity: a bound (`at_least` or `at_most`), or no regression `against` the baseline run.

    Against the baseline, with a `margin` it must be shown that the quantity is not worse by more than that; without one
    the rule is missed where it is shown to be worse, and by at least `min_effect`. `location` is `file:line`.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    on: str = "mean"
    candidate: str | None = None
    tag: str | None = None
    against: Literal["baseline"] | None = None
    margin: float | None = None
    min_effect: float = 0.0
    location: str = ""

    @property
    def bound(self) -> float:
        """The number that must be reached, or not be passed."""
        if self.against is not None:
            return self.min_effect if self.margin is None else self.margin
        return (self.at_least if self.at_least is not None else self.at_most) or 0.0

    def __str__(self) -> str:
        """Return the rule in words."""
        what = self.metric if self.on == "mean" else f"{self.metric} ({ON[self.on]})"
        where = f" on tag {self.tag!r}" if self.tag is not None else ""
        if self.margin is not None:
            return f"{what}{where} not worse than the baseline by more than {self.margin:g}"
        if self.against is not None:
            return f"{what}{where} not worse than the baseline" + (
                f" by {self.min_effect:g} or more" if self.min_effect else ""
            )
        return f"{what}{where} {'at least' if self.at_least is not None else 'at most'} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A rules file. With fewer than `min_cases` answered cases a candidate cannot be judged.

    `baseline` is the folder (or file) of the run that `against` speaks of, as the file has it: beside the file itself.
    """

    rules: tuple[Rule, ...]
    min_cases: int = 1
    baseline: str | None = None
    location: str = ""


def load_rules(path: str | Path) -> Rules:
    """Load a rules file: YAML, or a pyproject.toml with a table `[tool.harness-gate]`.

    Raises:
        UsageError: the file can't be read, or holds a mistake; every mistake of the file is named, with its line.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            msg = f"{path}: {len(raw):,} bytes are too many for a rules file (at most {_MAX_BYTES:,}). Shorten it."
            raise UsageError(msg)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: the rules can't be read: {error}. Name a YAML file in UTF-8."
        raise UsageError(msg) from error
    reader = _Reader(path=str(path), problems=[], lines=path.name != _PYPROJECT)
    rules = reader.rules(_toml(text, path) if path.name == _PYPROJECT else _yaml(text, path))
    if reader.problems:
        raise UsageError("\n".join(reader.problems))
    return rules


def _yaml(text: str, path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else f"{path}"
        msg = f"{place}: not YAML: {getattr(error, 'problem', None) or 'nested too deeply'}. Mend the line."
        raise UsageError(msg) from error


def _toml(text: str, path: Path) -> yaml.Node | None:
    """Return the table as YAML nodes, so that one reader checks both forms; they have no lines of their own."""
    try:
        table = tomllib.loads(text).get("tool", {}).get("harness-gate")
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not readable as TOML: {error}"
        raise UsageError(msg) from error
    return None if table is None else yaml.compose(yaml.safe_dump(table, allow_unicode=True), Loader=yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads nodes rather than values, so that every mistake has its line; it goes on after a mistake."""

    path: str
    problems: list[str]
    lines: bool = True

    def rules(self, root: yaml.Node | None) -> Rules:
        if root is None:
            self.problems.append(f"{self.path}: the file is empty. Write a list of rules below `rules:`.")
            return Rules(rules=())
        entries = self._entries(root, _FILE_KEYS, "the file")
        listed = entries.get("rules")
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            self._say(
                listed or root,
                "`rules` must be a list with at least one rule, and a gate without one would "
                "pass anything. Write `rules: [{metric: groundedness, at_least: 0.9}]`.",
            )
            return Rules(rules=())
        least = entries.get("min_cases")
        count = 1.0 if least is None else self._number(least, "min_cases")
        if count < 1 or count != int(count):
            self._say(least or root, f"min_cases must be a whole number from 1, not {count:g}.")
        rules = tuple(rule for node in listed.value if (rule := self._rule(node)) is not None)
        baseline = entries.get("baseline")
        named = None if baseline is None else self._text(baseline, "baseline")
        beside = None if named is None else str(Path(self.path).parent / named)
        return Rules(rules=rules, min_cases=int(count), baseline=beside, location=self.path)

    def _rule(self, node: yaml.Node) -> Rule | None:
        before = len(self.problems)
        entries = self._entries(node, _RULE_KEYS, "a rule")
        texts = {key: self._text(value, key) for key, value in entries.items() if key not in _NUMBERS}
        bounds = {key: self._number(value, key) for key, value in entries.items() if key in _NUMBERS}
        if len(self.problems) == before:
            self._check(node, entries, texts, bounds)
        if len(self.problems) > before:
            return None
        return Rule(
            metric=texts["metric"],
            at_least=bounds.get("at_least"),
            at_most=bounds.get("at_most"),
            on=texts.get("on", "mean"),
            candidate=texts.get("candidate"),
            tag=texts.get("tag"),
            against="baseline" if "against" in texts else None,
            margin=bounds.get("margin"),
            min_effect=bounds.get("min_effect", 0.0),
            location=self._place(node),
        )

    def _check(
        self, node: yaml.Node, entries: dict[str, yaml.Node], texts: dict[str, str], bounds: dict[str, float]
    ) -> None:
        """Say what does not go together in a rule whose parts can be read."""
        metric, on = texts.get("metric", ""), texts.get("on", "mean")
        if "metric" not in texts:
            self._say(node, "the rule names no metric. Add `metric: groundedness`, say.")
        elif "against" in texts:
            self._check_against(node, metric, texts, bounds)
        elif {"margin", "min_effect"} & {*bounds}:
            self._say(node, f"the rule on {metric!r} has a margin against nothing. Add `against: baseline`.")
        elif len(bounds) != 1:
            self._say(node, f"the rule on {metric!r} needs one bound: `at_least` or `at_most`.")
        if on not in ON:
            self._say(entries["on"], f"unknown on: {on!r}.{hint(on, ON)}")
        if metric in SINGLE and ("on" in texts or "tag" in texts):
            self._say(node, f"{metric!r} is one number for the whole run. Leave out `on` and `tag`.")
        if metric in SHARES and ("tag" in texts or "rate" in on):
            self._say(
                node, f"{metric!r} has neither tags nor a pass rate. Leave out `tag`; `on` may be mean, low or high."
            )
        self._check_bounds(entries, metric, bounds)

    def _check_bounds(self, entries: dict[str, yaml.Node], metric: str, bounds: dict[str, float]) -> None:
        for key, bound in bounds.items():
            if metric in AMOUNTS and bound < 0:
                self._say(entries[key], f"{key} must be 0 or more for {metric!r}, not {bound:g}.")
            elif metric == "truthfulness" and not -1 <= bound <= 1:
                self._say(entries[key], f"{key} must lie in -1 to 1 for {metric!r}, not {bound:g}.")
            elif metric not in (*AMOUNTS, "truthfulness") and not 0 <= bound <= 1:
                self._say(entries[key], f"{key} must lie in 0 to 1 for {metric!r}, not {bound:g}. Write 0.9 for 90%.")

    def _check_against(self, node: yaml.Node, metric: str, texts: dict[str, str], bounds: dict[str, float]) -> None:
        """Say what does not go together in a rule against the baseline."""
        if texts["against"] != "baseline":
            self._say(node, f"against must be `baseline`, not {texts['against']!r}.")
        if {"at_least", "at_most"} & {*bounds} or "on" in texts:
            self._say(node, f"the rule on {metric!r} is held against the baseline. Leave out bounds and `on`.")
        if len(bounds) > 1:
            self._say(
                node, f"the rule on {metric!r} has a margin and a min_effect. Keep one: they ask unlike questions."
            )
        if metric in SINGLE or metric in {"missed_refusals", "over_refusals"}:
            self._say(node, f"{metric!r} can't be paired with the baseline. Give it a bound, `at_most`.")
        if bounds.get("margin") == 0:
            self._say(node, "margin must be above 0. Write 0.02 for two points of a hundred.")

    def _entries(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._say(node, f"{what} must be a mapping with the keys {', '.join(known)}.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            if name not in known:
                self._say(key, f"unknown key {name!r}.{hint(name, known)}")
            elif name in found:
                self._say(key, f"the key {name!r} stands here twice. Keep one.")
            else:
                found[name] = value
        return found

    def _text(self, node: yaml.Node, key: str) -> str:
        if isinstance(node, yaml.ScalarNode) and node.value:
            return str(node.value)
        self._say(node, f"{key} must be a name.")
        return ""

    def _number(self, node: yaml.Node, key: str) -> float:
        try:
            number = float(node.value) if isinstance(node, yaml.ScalarNode) and node.style is None else math.nan
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        shown = repr(node.value) if isinstance(node, yaml.ScalarNode) else "a list or mapping"
        self._say(node, f"{key} must be a number, not {shown}.")
        return 1.0

    def _say(self, node: yaml.Node, problem: str) -> None:
        self.problems.append(f"{self._place(node)}: {problem}")

    def _place(self, node: yaml.Node) -> str:
        return f"{self.path}:{node.start_mark.line + 1}" if self.lines else f"{self.path} [tool.harness-gate]"


def hint(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean …? Known: …" for a name that is none of the known."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return (f" Did you mean {close[0]!r}?" if close else "") + f" Known: {', '.join(names) or 'none'}."
