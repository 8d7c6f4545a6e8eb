import numpy as np
import pytest

from mlops_lib.errors import InputError, MlopsError, Problem, RunError


def test_a_problem_names_place_what_is_allowed_and_what_was_found() -> None:
    problem = Problem(source="log.csv", row=3, field="kind", value="odd", message="must be even")
    assert str(problem) == "log.csv, row 3, kind: must be even (got 'odd')"


def test_a_problem_without_a_place_is_its_message() -> None:
    assert str(Problem(message="nothing to do")) == "nothing to do"
    assert str(Problem(message="nothing to do", value=0)) == "nothing to do (got 0)"


def test_a_long_value_is_cut() -> None:
    text = str(Problem(message="too long", value="x" * 500))
    assert len(text) < 120
    assert "…" in text


def test_a_number_from_numpy_reads_as_a_number() -> None:
    assert str(Problem(message="odd", value=np.int64(3))) == "odd (got 3)"
    assert str(Problem(message="odd", value=np.array([3]))) == "odd (got array([3]))"


def test_an_error_carries_all_its_problems_a_line_each() -> None:
    error = InputError([Problem(message="first"), Problem(message="second")])
    assert len(error.problems) == 2
    assert str(error) == "first\nsecond"
    assert isinstance(error, MlopsError)


def test_an_error_of_one_problem_says_the_same() -> None:
    error = InputError.of("no", source="a.csv", row=1, field="b", value=2)
    assert error.problems == (Problem(message="no", source="a.csv", row=1, field="b", value=2),)


def test_a_broken_run_is_no_bad_input() -> None:
    with pytest.raises(MlopsError):
        raise RunError("the kernel died")
    assert not issubclass(RunError, InputError)
