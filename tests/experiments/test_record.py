import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

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
        ('{"record": 2, "evidence": ' + "[" * 100_000, "is no decision record"),
        ('{"record": 99, "evidence": {}}', "another version"),
        ('{"record": 1, "evidence": {}}', "with the release that wrote it"),
        ('{"record": 3, "evidence": {"name": 3}}', "design: Field required"),
    ],
)
def test_what_is_no_record_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_evidence(text)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("arms",), [-1, 2], "arms: needs the units of 2 variants"),
        (("arms",), [5], "arms: needs the units of 2 variants"),
        (("arms",), [0, 0], "some in control and treatment"),
        (("samples",), [], "every metric of the design"),
        (("samples", 0, "cells"), [], "a cell for each of 2 variants"),
        (("samples", 0, "cells", 0, "moments", "units"), -3, "no fewer than 0 units"),
        (("samples", 0, "cells", 0, "moments", "ee"), math.inf, "finite sums"),
        (("samples", 4, "cells", 0, "quantile"), None, "quantile: is missing"),
        (("days", 0, "day"), 10**9, "must be days since 1970"),
    ],
)
def test_evidence_that_no_table_can_give_is_refused(
    place: tuple[Any, ...], value: object, message: str
) -> None:
    content = json.loads(analyse(Story(users=60).log()).record())
    holder = content["evidence"]
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    with pytest.raises(InputError, match=message):
        read_evidence(json.dumps(content))


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


def decided(folder: Path) -> Path:
    """A record of the table log.parquet beside it."""
    Story(users=200).log().to_parquet(folder / "log.parquet")
    text = "hypothesis: h\nminimum_effect: 0.02\nvariants: {control: 0.8, treatment: 0.2}\n"
    (folder / "exp.yaml").write_text(text)
    record = folder / "decision.json"
    done = command(
        "decide", str(folder / "exp.yaml"), str(folder / "log.parquet"), "-o", str(record)
    )
    assert done.returncode == 3, done.stderr
    assert "UNDECIDED" in done.stdout
    sources = json.loads(record.read_text())["evidence"]["sources"]
    assert [Path(each["path"]).name for each in sources] == ["log.parquet", "exp.yaml"]
    assert all(len(each["sha256"]) == 64 for each in sources)
    return record


def test_the_commands_decide_and_replay(tmp_path: Path) -> None:
    record = decided(tmp_path)
    again = command("replay", str(record))
    assert again.returncode == 3
    assert "byte for byte" in again.stdout
    assert "was not looked at" in again.stdout
    record.write_text(record.read_text().replace('"undecided"', '"promote"', 1))
    forged = command("replay", str(record))
    assert forged.returncode == 2
    assert "does not follow from its own evidence" in forged.stderr


def test_a_record_is_tied_to_the_rows_that_it_was_made_from(tmp_path: Path) -> None:
    record = decided(tmp_path)
    moved = (tmp_path / "log.parquet").rename(tmp_path / "moved.parquet")
    tied = command("replay", str(record), "--data", str(moved))
    assert tied.returncode == 3, tied.stderr
    assert "is what it was made from" in tied.stdout
    Story(users=199).log().to_parquet(moved)
    other = command("replay", str(record), "--data", str(moved))
    assert other.returncode == 2
    assert "its rows do not give the evidence of" in other.stderr


def test_other_line_ends_and_impossible_numbers_are_no_replay(tmp_path: Path) -> None:
    record = decided(tmp_path)
    good = record.read_bytes()
    content = json.loads(good)
    content["evidence"]["samples"][0]["cells"][0]["moments"]["total"] = 0
    for bad in (good.replace(b"\n", b"\r\n"), json.dumps(content).encode()):
        record.write_bytes(bad)
        refused = command("replay", str(record))
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
