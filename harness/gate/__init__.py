"""Rules held against a summary: which are unmet, and why. A gate that cannot be decided is an error, never a pass.

A rules file is YAML::

    rules:
      - {metric: groundedness, at_least: 0.9, on: low}       # the lower bound of the interval, not the mean alone
      - {metric: hallucination, at_most: 0.1, on: rate}      # the share of answers that do not pass
      - {metric: missed_refusals, at_most: 0.05}
      - {metric: cost, at_most: 2.50, candidate: vendor-a}   # else: every candidate but the baselines
      - {metric: word_limit, at_least: 0.95, tag: long}
      - {metric: groundedness, against: baseline, margin: 0.03}        # shown not worse by more than 3 points
      - {metric: correctness, against: baseline, min_effect: 0.01}     # missed where shown worse, by 1 point or more
    min_cases: 20                                            # fewer answered cases: undecided
    baseline: reports/baselines/main                         # a run's folder, beside this file

or the same as a table `[tool.harness-gate]` of a pyproject.toml.

Besides the metrics that were scored a rule may name `missed_refusals`, `over_refusals`, `eligible_groundedness`,
`failures` (the share of answers in which anything broke down), `cost` (dollars, judges included), `latency_p50`,
`latency_p95`, `first_token_p50`, `first_token_p95` (seconds) and `words_p95`.
"""

from __future__ import annotations

from harness.gate.checking import GateResult, check
from harness.gate.regression import RuleResult, against_baseline, baseline_of
from harness.gate.rules import ON, Rule, Rules, load_rules

__all__ = ["ON", "GateResult", "Rule", "RuleResult", "Rules", "against_baseline", "baseline_of", "check", "load_rules"]
