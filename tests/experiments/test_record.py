import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, Metric, analyse, own_metrics, read_record
from mlops_lib.experiments.record import read_evidence
from tests.experiments.story import Story


@pytest.mark.parametrize("users", [40, 600])
def test_a_record_replays_to_the_same_bytes(users: int, tmp_path: Path) -> None:
    log = Story(users=users).log()
    log["plan"] = np.where(log["user_id"] < "u00300", "free", "paid")
    first = analyse(log, Design(segments=("plan",), steady=("plan",)))
    (tmp_path / "decision.json").write_text(first.record())
    again = analyse(read_record(tmp_path / "decision.json"))
    assert again.record() == first.record()
    assert again.decision == first.decision
    assert first.record() == analyse(log, Design(segments=("plan",), steady=("plan",))).record()


def test_the_order_of_the_rows_does_not_change_the_decision() -> None:
    log = Story(users=300).log()
    shuffled = log.sample(frac=1, random_state=1)
    first, second = (json.loads(analyse(each).record()) for each in (log, shuffled))
    assert first["decision"] == second["decision"]


def test_a_record_holds_no_row_and_no_user() -> None:
    assert "u00001" not in analyse(Story(users=100).log()).record()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "is no decision record"),
        ("[]", "is no decision record"),
        ('{"record": 99, "evidence": {}}', "another version"),
        ('{"record": 1, "evidence": {}}', "with the release that wrote it"),
        ('{"record": 3, "evidence": {"name": 3}}', "design: Field required"),
    ],
)
def test_what_is_no_record_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_evidence(text)


def test_segments_are_corrected_together() -> None:
    # 20 segments without any effect: the smallest raw p-value is often below .05; after
    # correction none is, but in 5 % of the seeds.
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({"user_id": range(8000), "variant": rng.choice(["a", "b"], 8000)})
    frame["topic"] = rng.integers(0, 20, 8000).astype(str)
    frame["won"] = rng.random(8000) < 0.5
    design = Design(
        control="a", treatment="b", treatment_share=0.5, metrics=own_metrics("won"),
        segments=("topic",),
    )  # fmt: skip
    result = analyse(frame, design)
    assert len(result.segments) == 20
    assert all(each.adjusted_pvalue >= each.estimate.pvalue for each in result.segments)
    assert "none of them" in result.segment_table().caption
    frame.loc[(frame["topic"] == "7") & (frame["variant"] == "b"), "won"] = True
    assert "beyond chance" in analyse(frame, design).segment_table().caption
    assert "topic = 7" in analyse(frame, design).segment_table().caption


def test_segments_that_were_asked_for_and_not_analysed_say_why() -> None:
    log = Story(users=300).log()
    log["plan"] = np.where(log["user_id"] < "u00150", "free", "paid")
    p95 = Metric(name="P95", value="latency_ms", columns=("latency_ms",), quantile=0.95,
                 role="primary", unit="ms", good="low")  # fmt: skip
    caption = analyse(log, Design(metrics=(p95,), segments=("plan",))).segment_table().caption
    assert "a quantile is not analysed by segment" in caption


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlops_lib", "experiment", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_commands_decide_and_replay(tmp_path: Path) -> None:
    Story(users=200).log().to_parquet(tmp_path / "log.parquet")
    text = "hypothesis: h\nminimum_effect: 0.02\nvariants: {control: 0.8, treatment: 0.2}\n"
    (tmp_path / "exp.yaml").write_text(text)
    record = tmp_path / "decision.json"
    done = command(
        "decide", str(tmp_path / "exp.yaml"), str(tmp_path / "log.parquet"), "-o", str(record)
    )
    assert done.returncode == 3, done.stderr
    assert "UNDECIDED" in done.stdout
    again = command("replay", str(record))
    assert again.returncode == 3
    assert "byte for byte" in again.stdout
    record.write_text(record.read_text().replace('"undecided"', '"promote"', 1))
    forged = command("replay", str(record))
    assert forged.returncode == 2
    assert "does not follow from its own evidence" in forged.stderr
