"""A commented suite to begin with."""

from __future__ import annotations

import re

__all__ = ["skeleton"]

_TEXT = """\
# yaml-language-server: $schema=case.schema.json
suite: {name}
description: What these cases are about.

defaults:                       # every case inherits these
  instructions: Answer from the passages only. If they do not say it, say that you don't know.
  limits: {{max_words: 60}}       # also min_words, max_sentences, …; strict: yes means "less than"

cases:
  - id: first                   # unique in this file
    query: How many days may be carried over?
    contexts:                   # what the retriever found: texts, or {{id, text, source}}
      - Up to five days may be carried over until 31 March.
    references: ["Five days, until 31 March."]
    answerable: yes             # yes, no, partial or false_presupposition
    expect:
      mentions: [[five, "5"]]   # facts a good answer states; a list holds alternatives
      avoids: [ten days]        # content that must not appear
    tags: [numbers]
    answers:                    # recorded answers: `harness run FILE -a recorded` scores them
      - model: example
        text: Up to five days may be carried over until 31 March.
        labels: {{faithful: yes, refusal: no}}

  - id: second
    query: Who signs the request?
    contexts:
      - Up to five days may be carried over until 31 March.
    answerable: no
    answers:
      - model: example
        text: I don't know; the passages do not say it.
        labels: {{refusal: yes}}
"""


def skeleton(name: str) -> str:
    """Return the YAML of a small suite that loads without a mistake.

    >>> skeleton("leave policy").splitlines()[1]
    'suite: leave-policy'
    """
    return _TEXT.format(name=re.sub(r"[^\w.-]+", "-", name).strip("-.") or "suite")
