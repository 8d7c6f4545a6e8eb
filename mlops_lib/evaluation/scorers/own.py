"""Own scorers: an entry point of group `mlops_lib.scorers`, or `module:function`.

A function gets case, answer and evidence and returns a `Score`, a number, a boolean, or None for
"cannot tell"; a `Scorer` may be given instead of a function.
"""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

GROUP = "mlops_lib.scorers"


def entry_point_names() -> list[str]:
    """Scorers that installed packages offer."""
    return sorted(point.name for point in entry_points(group=GROUP))


def load_own(name: str, wanted: str) -> Scorer:
    """The scorer behind an entry point's name or `module:function`.

    The module is looked for in the working directory too, as it is for a notebook.

    Args:
        name: of the metric.
        wanted: what the settings say.

    Raises:
        ValueError: if there is none, it cannot be imported, or it is neither.
    """
    if ":" in wanted:
        module, _, attribute = wanted.partition(":")
        loaded = _loaded(lambda: getattr(import_module(module), attribute))
    else:
        points = list(entry_points(group=GROUP, name=wanted))
        if not points:
            message = "is no known scorer"
            raise ValueError(message)
        loaded = _loaded(points[0].load)
    if isinstance(loaded, Scorer):
        return Scorer(
            name=name,
            meaning=loaded.meaning,
            score=_checked(loaded.score, is_share=loaded.unit == "share"),
            applies=loaded.applies,
            unit=loaded.unit,
            good=loaded.good,
        )
    if not callable(loaded):
        message = f"is neither a function nor a Scorer, but {type(loaded).__name__}"
        raise ValueError(message)  # noqa: TRY004 - bad settings, not a bad call
    return Scorer(name=name, meaning=_meaning(loaded, wanted), score=_checked(loaded))


def _loaded(load: Callable[[], object]) -> object:
    try:
        with _here_on_the_path():
            return load()
    except Exception as error:
        message = f"cannot be imported: {type(error).__name__}: {error}"
        raise ValueError(message) from error


@contextmanager
def _here_on_the_path() -> Iterator[None]:
    here = str(Path.cwd())
    if here in sys.path:
        yield
        return
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _meaning(function: object, wanted: str) -> str:
    first = (getattr(function, "__doc__", None) or "").strip().partition("\n")[0]
    return first.rstrip(".") or f"as {wanted} says"


def _checked(
    function: Callable[..., object], *, is_share: bool = True
) -> Callable[[Case, Answer, Evidence], Score]:
    """What a stranger's function returns, taken only if it is a score."""

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        given = function(case, answer, evidence)
        if given is None:
            return Score.unscored("the scorer could not tell")
        if not isinstance(given, Score):
            if not isinstance(given, bool | int | float):
                return Score.unscored(f"the scorer returned no score but {type(given).__name__}")
            given = Score(value=float(given), explanation="as the scorer says")
        value = given.value
        if value is not None and not _is_possible(value, is_share=is_share):
            return Score.unscored(f"the scorer returned {value}, which is no possible score")
        return given

    return score


def _is_possible(value: object, *, is_share: bool) -> bool:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return 0 <= value <= 1 or not is_share
