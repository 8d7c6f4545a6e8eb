from pathlib import Path

import duckdb
import pytest

from mlops_lib.errors import InputError
from mlops_lib.experiments import Design, analyse, own_metrics

DESIGN = Design(treatment_share=0.5, one_row_per_unit=True, metrics=own_metrics("won"))
ROWS = 1_100_000


def users(folder: Path, unit: str) -> str:
    """A table just too large to group whole, whose unit is an expression of the row's number."""
    path = folder / "users.parquet"
    duckdb.connect().execute(
        f"COPY (SELECT {unit} AS user_id, "  # noqa: S608
        "CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END AS variant, "
        f"(hash(i) % 10 = 0)::INT AS won FROM range({ROWS}) t(i)) TO '{path}'"
    )
    return str(path)


@pytest.mark.parametrize("unit", ["i - 7", "i * 5 + 1000000000", "9000000 - i"])
def test_one_repeated_number_among_a_million_is_found(tmp_path: Path, unit: str) -> None:
    whole = analyse(users(tmp_path, unit), DESIGN)
    assert "units that come twice" not in {check.name for check in whole.trust}
    last = f"CASE WHEN i = {ROWS - 1} THEN {unit.replace('i', '3', 1)} ELSE {unit} END"
    with pytest.raises(InputError, match="comes in 2 rows"):
        analyse(users(tmp_path, last), DESIGN)


def test_units_that_are_no_dense_numbers_are_searched_in_part_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    found = analyse(users(tmp_path, "'user ' || i"), DESIGN)
    check = next(check for check in found.trust if check.name == "units that come twice")
    assert check.n == ROWS // 64
    assert 0 < check.interval.high < 0.0003
    assert "one unit in 64" in check.method
    assert check.explanation in {row[3] for row in found.trust_table().rows}


def test_copies_far_apart_are_found_among_texts(tmp_path: Path) -> None:
    # 550,000 rows lie between a user and its copy: a look at the first rows would miss them all.
    with pytest.raises(InputError, match="comes in 2 rows"):
        analyse(users(tmp_path, f"'user ' || (i % {ROWS // 2})"), DESIGN)


def test_sparse_numbers_are_not_marked_off(tmp_path: Path) -> None:
    found = analyse(users(tmp_path, "hash(i) >> 2"), DESIGN)
    assert found.evidence.searched_one_in == 64


@pytest.mark.parametrize("unit", ["lpad(i::VARCHAR, 9, '0')", "i * 1000"])
def test_a_table_sorted_by_unit_is_looked_at_whole(tmp_path: Path, unit: str) -> None:
    assert analyse(users(tmp_path, unit), DESIGN).evidence.searched_one_in == 1


def test_equal_neighbours_do_not_pass_for_ascending(tmp_path: Path) -> None:
    unit = "lpad((i - (i >= 800000)::INT)::VARCHAR, 9, '0')"
    assert analyse(users(tmp_path, unit), DESIGN).evidence.searched_one_in == 64
