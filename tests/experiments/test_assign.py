"""The seeds' defects of assignment, reference/experiments.md, section 0: S5 to S9."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lib import stats
from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, assignment
from mlops_lib.experiments.assign import bucket

UNITS = [f"u{number}" for number in range(20_000)]


def treated(name: str, share: float) -> set[str]:
    chosen = assignment(Design(experiment=name, treatment_share=share))
    return {unit for unit in UNITS if chosen.variant_of(unit) == "treatment"}


def test_s5_another_process_assigns_the_same_users() -> None:
    # The seed's `hash` is salted for each process: 26 of 519 users were the same.
    program = (
        "from mlops_lib.experiments import Design, assignment\n"
        "chosen = assignment(Design(experiment='e', treatment_share=0.05))\n"
        "print([i for i in range(500) if chosen.variant_of(f'u{i}') == 'treatment'])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ROOT},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(answers) == 1


ROOT = str(Path(__file__).parents[2])


def test_the_bucket_is_sha_256_as_every_language_has_it() -> None:
    # printf 'salt\\0u1' | sha256sum | cut -c1-16
    assert f"{bucket('salt', 'u1'):016x}" == "0d9d4bbafc2eec08"


@pytest.mark.parametrize("unit", ["", " ", "\t"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_s6_s7_users_without_a_name_stay_in_control(unit: str, share: float) -> None:
    # In the seeds, hash("") is 0 and an empty id skips the test: 100 % of them were treated.
    for name in ("one", "two", "three"):
        chosen = assignment(Design(experiment=name, treatment_share=share))
        assert chosen.variant_of(unit) == "control"


@pytest.mark.parametrize("share", [0.07, 0.14, 0.28, 0.55, 0.56])
def test_s8_a_share_of_7_percent_opens_no_eighth_bucket(share: float) -> None:
    # By hand: the share as a decimal fraction of 2^64, rounded down. 0.07 * 100 is above 7.
    (bound, _) = assignment(Design(experiment="e", treatment_share=share)).bounds[0]
    percent = round(100 * share)
    assert bound == percent * 2**64 // 100


def test_s8_shares_finer_than_a_percent_are_held() -> None:
    found = len(treated("fine", 0.001))
    # Binomial: 20 +- 3 standard errors of 4.5.
    assert 6 <= found <= 34


def test_s9_experiments_share_no_guinea_pigs() -> None:
    # 5 % of 5 % of 20,000 by chance: 50 +- 3 standard errors of 7.
    assert 29 <= len(treated("one", 0.05) & treated("two", 0.05)) <= 71


def test_s9_salt_and_unit_cannot_run_into_each_other() -> None:
    assert bucket("2x", "u1") != bucket("x", "u12")
    assert bucket("u1", "2x") != bucket("u12", "x")


def test_a_growing_share_keeps_its_users() -> None:
    assert treated("grow", 0.05) < treated("grow", 0.25) < treated("grow", 0.5)


def test_the_shares_of_several_treatments_are_those_of_the_plan() -> None:
    design = Design(experiment="three", treatment_share=0.3, further=(("b", 0.2), ("off", 0.0)))
    chosen = assignment(design)
    labels = [chosen.variant_of(unit) for unit in UNITS]
    counts = [labels.count(label) for label, _ in design.arms]
    assert counts[-1] == 0
    assert stats.sample_ratio(counts, design.shares).pvalue > 0.001


def test_an_experiment_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="needs a name or a salt"):
        assignment(Design())
    assert assignment(Design(), salt="s").salt == "s"
