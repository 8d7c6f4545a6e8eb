import pytest

from mlops_lib.errors import InputError
from mlops_lib.reports.parameters import Parameter, check_values, read_parameters

CELL = """\
# the windows
current: int = 7  # days
limit: float = 0.25  # PSI
reference: str = ""  # path
where: str | None = None  # condition
strict: bool = False  # refuse
"""


@pytest.fixture
def declared() -> tuple[Parameter, ...]:
    return read_parameters(CELL, "drift")


def test_a_cell_gives_name_type_default_and_meaning(declared: tuple[Parameter, ...]) -> None:
    assert [(p.name, p.type_text, p.default, p.meaning) for p in declared] == [
        ("current", "int", 7, "days"),
        ("limit", "float", 0.25, "PSI"),
        ("reference", "str", "", "path"),
        ("where", "str | None", None, "condition"),
        ("strict", "bool", False, "refuse"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "days = 7",
        "days: int = 3 + 4",
        "days: list = []",
        "import os",
        "days: int",
        'days: int = "7"',
        "days: int = None",
        "days: int = True",
        "days: float = 1e999",
        "days: str = {[]: 1}",
    ],
)
def test_anything_but_an_annotated_literal_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="name: type = literal"):
        read_parameters(line, "drift")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("current", "14", 14),
        ("limit", "1e-1", 0.1),
        ("strict", "false", False),
        ("strict", "true", True),
        ("reference", "12e45678", "12e45678"),  # a git revision stays text
        ("reference", "1.10", "1.10"),
        ("where", "none", None),
    ],
)
def test_text_becomes_the_declared_type(
    declared: tuple[Parameter, ...], name: str, text: str, value: object
) -> None:
    assert check_values({name: text}, declared, "drift") == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("current", "7.5"),
        ("current", True),
        ("limit", "nan"),
        ("limit", "inf"),
        ("limit", "high"),
        ("strict", "maybe"),
        ("reference", 3),
        ("current", None),
    ],
)
def test_a_value_of_another_type_is_refused(
    declared: tuple[Parameter, ...], name: str, value: object
) -> None:
    with pytest.raises(InputError, match="must be"):
        check_values({name: value}, declared, "drift")


def test_a_misspelt_name_lists_the_right_ones(declared: tuple[Parameter, ...]) -> None:
    with pytest.raises(InputError, match="did you mean current") as caught:
        check_values({"curent": "7"}, declared, "drift")
    assert "current, limit, reference, where, strict" in str(caught.value)


def test_all_problems_come_at_once(declared: tuple[Parameter, ...]) -> None:
    with pytest.raises(InputError) as caught:
        check_values({"curent": "7", "limit": "x", "strict": "y"}, declared, "drift")
    assert len(caught.value.problems) == 3


def test_a_secret_is_refused_because_reports_print_parameters() -> None:
    key = Parameter(name="api_key", type="str", optional=False, default="", meaning="")
    with pytest.raises(InputError, match="like a secret") as caught:
        check_values({"api_key": "sk-very-secret"}, [key], "drift")
    assert "sk-very-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["max_tokens", "key_column", "tokens"])
def test_a_name_that_only_sounds_like_a_secret_is_taken(name: str) -> None:
    parameter = Parameter(name=name, type="str", optional=False, default="", meaning="")
    assert check_values({name: "x"}, [parameter], "drift") == {name: "x"}


def test_a_cell_that_is_no_python_is_said_to_be_so() -> None:
    with pytest.raises(InputError, match=r"cell 'parameters', row 2: is no Python"):
        read_parameters("days: int = 7\nlimit: = 3", "drift")
