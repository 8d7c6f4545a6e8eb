import math

import pytest
from scipy import stats as scipy_stats

from mlops_lib.stats.tails import log10_two_sided_pvalue, two_sided_pvalue


@pytest.mark.parametrize(
    ("z", "pvalue"),
    [
        # experiments.json "underflow", z_to_2sf.
        (8.0, 1.244192114854348e-15),
        (8.3, 1.0411139489780493e-16),
        (10.0, 1.523970604832094e-23),
        (20.0, 5.507248237212311e-89),
        (37.0, 1.1451142445047853e-299),
    ],
)
def test_s1_the_survival_function_keeps_its_digits(z: float, pvalue: float) -> None:
    assert two_sided_pvalue(z) == pytest.approx(pvalue, rel=1e-9)
    assert two_sided_pvalue(-z) == pytest.approx(pvalue, rel=1e-9)
    assert log10_two_sided_pvalue(z) == pytest.approx(math.log10(pvalue), abs=1e-9)


@pytest.mark.parametrize(("z", "exponent"), [(38, -315.2387597082985), (50, -544.6653058663327)])
def test_s1_the_logarithm_goes_on_beyond_underflow(z: float, exponent: float) -> None:
    # experiments.json "underflow", z_to_log10p.
    assert log10_two_sided_pvalue(z) == pytest.approx(exponent, abs=1e-9)


def test_the_t_tail_meets_the_normal_tail_for_many_degrees_of_freedom() -> None:
    assert log10_two_sided_pvalue(50, 1e12) == pytest.approx(-544.6653058663327, abs=1e-4)


def test_the_integrated_t_tail_continues_scipys() -> None:
    # Just before underflow scipy's own value is exact; the slope carries over.
    inside = math.log10(float(2 * scipy_stats.t.sf(39.0, 2000)))
    beyond = [log10_two_sided_pvalue(t, 2000) for t in (46.0, 47.0)]
    assert beyond[1] < beyond[0] < -290 < inside


def test_the_t_tail_of_three_degrees_of_freedom_falls_with_the_third_power() -> None:
    # By hand: the density 6 sqrt(3) / (pi (3 + t^2)^2) gives P(|T| > t) -> 4 sqrt(3) / (pi t^3).
    expected = math.log10(4 * math.sqrt(3) / math.pi) - 300
    assert log10_two_sided_pvalue(1e100, 3) == pytest.approx(expected, abs=1e-6)


def test_an_unknown_statistic_has_an_unknown_pvalue() -> None:
    assert math.isnan(log10_two_sided_pvalue(math.nan))
