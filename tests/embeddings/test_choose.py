"""An embedder by name: the known ones, an installed package's, a function's place."""

import sys
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from mlops_lib.embeddings import CallableEmbedder, as_embedder, choose, own, require_same
from mlops_lib.errors import InputError, RunError

OWN = """
class Quota(Exception): pass
def boom(texts):
    raise Quota("used up")
def typed(texts):
    return len(5)
def double(texts):
    return [[2.0, 0.0] for _ in texts]
double.version = "7"
def three(texts):
    return [[1.0]] * 3
def ragged(texts):
    return [[1.0], [1.0, 2.0]]
def words(texts):
    return texts
not_callable = 3
"""


@pytest.fixture(autouse=True)
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_vectors.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    monkeypatch.delitem(sys.modules, "own_vectors", raising=False)


def test_a_functions_vectors_are_brought_to_length_one() -> None:
    embedder = choose("own_vectors:double")
    assert embedder.embed(["a", "b"]).tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert embedder.version == "7"
    assert embedder.id.startswith("own_vectors:double-")


def test_an_installed_packages_embedder_is_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = EntryPoint(name="voyage", value="own_vectors:double", group=own.GROUP)
    monkeypatch.setattr(own, "entry_points", lambda group: [point] if group == own.GROUP else [])
    assert choose("voyage").embed(["a"]).shape == (1, 2)
    assert own.installed() == ("voyage",)


def test_the_default_learns_from_the_texts() -> None:
    assert choose("lsa", texts=["merge lora", "what is psi"]).name == "lsa-char-2"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bert", 'no such embedder; allowed: lsa, minilm, or "package.module:function"'),
        ("own_vectors:nothing", "cannot be imported"),
        ("no_such_module:embed", "cannot be imported"),
        (":embed", "cannot be imported"),
        ("own_vectors:not_callable", "is not callable"),
    ],
)
def test_a_name_that_means_nothing_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose(name)


@pytest.mark.parametrize("function", ["three", "ragged", "words"])
def test_an_answer_that_is_no_table_of_numbers_is_refused(function: str) -> None:
    with pytest.raises(InputError, match=f"embedder 'own_vectors:{function}'"):
        choose(f"own_vectors:{function}").embed(["a", "b"])


def test_numbers_that_are_not_finite_are_refused() -> None:
    embedder = CallableEmbedder(
        name="nan", version="1", function=lambda texts: np.full((len(texts), 2), np.nan)
    )
    with pytest.raises(InputError, match="finite"):
        embedder.embed(["a"])


def test_two_embedders_never_compare() -> None:
    require_same("a", "a", known_as="the index", given_as="the queries")
    with pytest.raises(InputError, match="Recalibrate"):
        require_same("a", "b", known_as="the index", given_as="the queries")


@pytest.mark.parametrize(
    ("function", "said"), [("boom", "Quota: used up"), ("typed", "TypeError: object of type 'int'")]
)
def test_an_embedder_that_raises_is_named(function: str, said: str) -> None:
    with pytest.raises(RunError, match=f"embedder 'own_vectors:{function}' broke on 2.*{said}"):
        choose(f"own_vectors:{function}").embed(["a", "b"])


def test_what_an_embedder_refuses_on_purpose_is_said_as_it_is() -> None:
    def refuse(texts: list[str]) -> None:
        raise InputError.of("is too long", value=texts[0])

    with pytest.raises(InputError, match=r"^is too long"):
        as_embedder(refuse).embed(["a"])


def test_a_plain_function_is_an_embedder() -> None:
    def double(texts: list[str]) -> list[list[float]]:
        return [[0.0, 2.0] for _ in texts]

    embedder = as_embedder(double)
    assert embedder.embed(["a"]).tolist() == [[0.0, 1.0]]
    assert embedder.name.startswith(f"{__name__}:test_a_plain")
    assert as_embedder(embedder) is embedder
    assert as_embedder(partial(double)).name == "functools:partial"
    with pytest.raises(InputError, match=r"must be a name.*got 5"):
        as_embedder(5)  # type: ignore[arg-type]
