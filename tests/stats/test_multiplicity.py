import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lib.stats import benjamini_hochberg, holm

# experiments.json "multiple": tea-tasting, docs/multiple-testing.md.
PVALUES = [0.118, 0.0211, 0.0213, 0.00218]
# experiments.json "bh1995": Benjamini and Hochberg (1995), section 3.2.
BH1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
    0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0,
]  # fmt: skip


def test_holm_agrees_with_tea_tasting() -> None:
    assert holm(PVALUES) == pytest.approx([0.118, 0.0633, 0.0633, 0.00872])


def test_benjamini_hochberg_agrees_with_tea_tasting() -> None:
    assert benjamini_hochberg(PVALUES) == pytest.approx([0.118, 0.0284, 0.0284, 0.00872])


def test_the_example_of_benjamini_and_hochberg_rejects_four_and_holm_three() -> None:
    assert sum(p <= 0.05 for p in benjamini_hochberg(BH1995)) == 4
    assert sum(p <= 0.05 for p in holm(BH1995)) == 3


@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusting_never_lowers_a_pvalue_and_keeps_the_order(pvalues: list[float]) -> None:
    by_family, by_rate = holm(pvalues), benjamini_hochberg(pvalues)
    for raw, strict, loose in zip(pvalues, by_family, by_rate, strict=True):
        assert raw <= loose + 1e-12
        assert loose <= strict + 1e-12
        assert strict <= 1


def test_nothing_to_adjust_gives_nothing() -> None:
    assert holm([]) == []
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_pvalue_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, bad])
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, bad])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_benjamini_hochberg_agrees_with_scipy(pvalues: list[float]) -> None:
    from scipy import stats

    assert benjamini_hochberg(pvalues) == pytest.approx(stats.false_discovery_control(pvalues))
