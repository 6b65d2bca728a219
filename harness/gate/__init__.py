"""Rules held against a summary: which are unmet, and why. A gate that cannot be decided is an error, never a pass.

A rules file is YAML::

    rules:
      - {metric: groundedness, at_least: 0.9, on: low}       # the lower bound of the interval, not the mean alone
      - {metric: hallucination, at_most: 0.1, on: rate}      # the share of answers that do not pass
      - {metric: missed_refusals, at_most: 0.05}
      - {metric: cost, at_most: 2.50, candidate: vendor-a}   # else: every candidate but the baselines
      - {metric: word_limit, at_least: 0.95, tag: long}
    min_cases: 20                                            # fewer answered cases: undecided

Besides the metrics that were scored a rule may name `missed_refusals`, `over_refusals`, `eligible_groundedness`,
`failures` (the share of answers in which anything broke down), `cost` (dollars, judges included), `latency_p50`,
`latency_p95`, `first_token_p50`, `first_token_p95` (seconds) and `words_p95`.
"""

from __future__ import annotations

from harness.gate.checking import GateResult, RuleResult, check
from harness.gate.rules import ON, Rule, Rules, load_rules

__all__ = ["ON", "GateResult", "Rule", "RuleResult", "Rules", "check", "load_rules"]
