"""Distribution functions against scipy."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from harness import stats
from harness.stats.distributions import gamma_quantile, normal_cdf


@given(st.integers(1, 3000), st.floats(0.0005, 0.9995))
def test_student_quantile_agrees_with_scipy(freedom: int, p: float) -> None:
    assert stats.student_quantile(p, freedom) == pytest.approx(scipy.stats.t.ppf(p, freedom), rel=1e-9, abs=1e-9)


@given(st.floats(0.5, 3000), st.floats(-40, 40))
def test_student_cdf_agrees_with_scipy(freedom: float, t: float) -> None:
    assert stats.student_cdf(t, freedom) == pytest.approx(scipy.stats.t.cdf(t, freedom), abs=1e-11)


@given(st.floats(0.05, 10), st.floats(0.01, 0.99))
def test_gamma_quantile_agrees_with_scipy(shape: float, p: float) -> None:
    assert gamma_quantile(p, shape) == pytest.approx(scipy.stats.gamma.ppf(p, shape), rel=1e-9, abs=1e-12)


@given(st.floats(-30, 8))
def test_normal_cdf_is_exact_in_the_tail(z: float) -> None:
    assert normal_cdf(z) == pytest.approx(scipy.stats.norm.cdf(z), rel=1e-9)


def test_quantiles_are_numpys() -> None:
    assert stats.quantiles([3.0, 1.0, 2.0], [0.05, 0.5]) == pytest.approx((1.1, 2.0))
