"""What is remembered is bounded by size, not by number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.recent import Recent


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans())))
def test_the_last_ones_that_fit_are_kept(steps: list[tuple[int, bool]]) -> None:
    kept = Recent[int, int](most=8, size=int)
    model: list[int] = []  # the oldest first
    for key, asked in steps:
        if asked:
            assert kept.get(key) == (key if key in model else None)
            if key in model:
                model.remove(key)
                model.append(key)
        else:
            assert kept.put(key, key) == key
            model = model if key in model else [*model, key]
            while sum(model) > 8 and len(model) > 1:
                del model[0]


def test_one_larger_than_all_is_kept_alone() -> None:
    kept = Recent[str, str](most=3, size=len)
    kept.put("a", "a")
    kept.put("b", "longer")
    assert (kept.get("a"), kept.get("b")) == (None, "longer")
