import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.stats import Interval
from mlops_lib.stats.interval import UNKNOWN, square_and_add, z_of


def test_z_agrees_with_the_printed_table() -> None:
    # Any table of the normal distribution: 1.95996, 2.57583.
    assert z_of(0.95) == pytest.approx(1.959964, abs=5e-7)
    assert z_of(0.99) == pytest.approx(2.575829, abs=5e-7)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95])
def test_a_confidence_outside_zero_and_one_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        z_of(confidence)


def test_an_interval_excludes_only_what_lies_strictly_outside() -> None:
    interval = Interval(0.0, 1.0)
    assert interval.excludes(-0.1)
    assert interval.excludes(1.1)
    assert not interval.excludes(0.0)
    assert not interval.excludes(0.5)


@pytest.mark.parametrize("interval", [UNKNOWN, Interval(math.nan, 1.0), Interval(0.0, math.nan)])
def test_an_unknown_interval_excludes_nothing(interval: Interval) -> None:
    assert not interval.is_known
    assert not interval.excludes(99.0)


def test_square_and_add_of_symmetric_intervals_is_pythagoras() -> None:
    # By hand: halves 3 and 4 give 5.
    result = square_and_add((0.0, Interval(-3.0, 3.0)), (10.0, Interval(6.0, 14.0)))
    assert result == pytest.approx((5.0, 15.0))


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 5), st.floats(0, 5))
def test_swapping_the_sides_mirrors_the_interval(a: float, b: float, u: float, v: float) -> None:
    first, second = (a, Interval(a - u, a + v)), (b, Interval(b - v, b + u))
    forward, backward = square_and_add(first, second), square_and_add(second, first)
    assert forward == pytest.approx((-backward.high, -backward.low), abs=1e-9)
