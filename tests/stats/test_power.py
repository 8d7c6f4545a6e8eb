import math

import pytest

from mlops_lib.stats import minimum_detectable_effect, units_needed


def test_the_needed_units_agree_with_the_unpooled_formula() -> None:
    # experiments.json "power": .10 v .12, power .8, alpha .05: 3838.1 per arm (unpooled).
    error = math.sqrt(0.1 * 0.9 / 1000 + 0.12 * 0.88 / 1000)
    assert units_needed(2000, error, 0.02) == math.ceil(2 * 3838.1021900967094)


def test_effect_and_units_are_inverse() -> None:
    effect = minimum_detectable_effect(0.01)
    assert effect == pytest.approx(0.028016, abs=1e-6)  # (1.959964 + 0.841621) / 100
    assert units_needed(500, 0.01, effect) in {500, 501}


def test_a_negative_effect_needs_as_many_units() -> None:
    assert units_needed(500, 0.01, -0.01) == units_needed(500, 0.01, 0.01)


@pytest.mark.parametrize(
    ("error", "effect"), [(0.01, 0.0), (math.nan, 0.1), (0.0, 0.1), (0.1, math.nan)]
)
def test_what_cannot_be_planned_has_no_number(error: float, effect: float) -> None:
    assert units_needed(100, error, effect) is None


@pytest.mark.parametrize("bad", [0.0, 1.0])
def test_certainty_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="alpha must lie"):
        minimum_detectable_effect(0.1, alpha=bad)
    with pytest.raises(ValueError, match="power must lie"):
        units_needed(10, 0.1, 0.1, power=bad)
