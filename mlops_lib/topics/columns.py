"""The columns of a log: their names, what they must hold, and the one frame made of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from mlops_lib.errors import InputError, Problem
from mlops_lib.quantities import LARGEST
from mlops_lib.request_log import FEEDBACK_RULE, odd_feedback

if TYPE_CHECKING:
    import pandas as pd

NO_ANSWER, REFUSED = "no_answer", "refused"
"""Outcomes with a meaning here: the corpus does not cover the query; a guardrail refused it."""

NEEDED = ("query", "score", "time")
"""Columns without which there is nothing to say."""


class ColumnNames(TypedDict, total=False):
    """Names of the columns in the log; "" for one that the log does not have."""

    query: str
    score: str
    time: str
    user: str
    embedder: str
    outcome: str
    feedback: str


DEFAULT_COLUMNS = ColumnNames(
    query="query",
    score="top_score",
    time="time",
    user="user_id",
    embedder="embedder",
    outcome="outcome",
    feedback="feedback",
)
"""The names in the request log of this library."""


def column_names(columns: ColumnNames) -> dict[str, str]:
    """The given names over the default ones.

    Raises:
        InputError: for a role that does not exist, or a needed column without a name.

    Example:
        >>> column_names({"score": "similarity"})["score"]
        'similarity'
    """
    names: dict[str, str] = {**DEFAULT_COLUMNS, **columns}  # type: ignore[dict-item]
    problems = [
        Problem(field=each, value="", message="must name a column of the log")
        for each in NEEDED
        if not names[each]
    ]
    problems += [
        Problem(field=each, message=f"no such setting; allowed: {', '.join(DEFAULT_COLUMNS)}")
        for each in names
        if each not in DEFAULT_COLUMNS
    ]
    if problems:
        raise InputError(problems)
    return names


def present(names: dict[str, str], columns: Sequence[str]) -> dict[str, str]:
    """The names, without those optional ones that nobody gave and the log does not have.

    Example:
        >>> names = present(column_names({"user": "asker"}), ["query", "top_score", "time"])
        >>> names["embedder"], names["user"]
        ('', 'asker')
    """
    return {
        role: ""
        if role not in NEEDED and name == DEFAULT_COLUMNS[role] and name not in columns  # type: ignore[literal-required]
        else name
        for role, name in names.items()
    }


def require_numbers(raw: "pd.DataFrame", source: str, names: dict[str, str]) -> None:
    """Turn score and feedback into floats; refuse what is no finite number, or too large a one."""
    import pandas as pd

    problems = _settle_feedback(raw, source, names["feedback"])
    for role in ("score", "feedback"):
        if role not in raw:
            continue
        numbers = pd.to_numeric(raw[role], errors="coerce")
        bad = (numbers.isna() & raw[role].notna()) | (numbers.astype(float).abs() > LARGEST)
        if bad.any():
            row = int(bad.to_numpy().argmax())
            problems.append(
                Problem(
                    source=source,
                    row=row + 1,
                    field=names[role],
                    value=raw[role].iloc[row],
                    message=f"{int(bad.sum())} values are not finite numbers"
                    f" between -{LARGEST:g} and {LARGEST:g}",
                )
            )
        raw[role] = numbers.astype(float)
    if problems:
        raise InputError(problems)


def name_users(raw: "pd.DataFrame") -> None:
    """Users by their stripped text; an empty one is unknown, as some databases store it."""
    if "user" in raw:
        names = raw["user"].astype("string").str.strip()
        raw["user"] = names.where(names != "").astype(object)


def _settle_feedback(raw: "pd.DataFrame", source: str, field: str) -> list[Problem]:
    """Turn feedback into 1, -1 or NaN; what is odd in it is told, not guessed at."""
    import pandas as pd

    if "feedback" not in raw:
        return []
    given = raw["feedback"].astype(object).where(raw["feedback"].notna(), None)
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    is_number = numbers.notna() & ~given.map(pd.api.types.is_bool).astype(bool)
    known = given.mask(is_number, numbers)
    bad = known.isin(odd_feedback(known.dropna().unique()))
    raw["feedback"] = numbers.where(~bad & (numbers != 0))
    if not bad.any():
        return []
    row = int(bad.to_numpy().argmax())
    return [
        Problem(
            source=source,
            row=row + 1,
            field=field,
            value=given.iloc[row],
            message=f"{int(bad.sum())} values are no feedback; {FEEDBACK_RULE}",
        )
    ]


def add_times(raw: "pd.DataFrame", source: str, field: str, current_days: float) -> None:
    """Add when, how many days before the log's end, and whether in the current window."""
    import pandas as pd

    moments = pd.to_datetime(raw["time"], utc=True, errors="coerce", format="ISO8601")
    bad = moments.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError.of(
            f"{int(bad.sum())} times cannot be read; write ISO 8601",
            source=source,
            row=row + 1,
            field=field,
            value="" if pd.isna(raw["time"].iloc[row]) else raw["time"].iloc[row],
        )
    age = (moments.max() - moments) / pd.Timedelta(days=1)
    raw["time"], raw["days_ago"], raw["current"] = moments, age, age < current_days


def require_values(raw: "pd.DataFrame", source: str, names: dict[str, str]) -> "pd.Series[bool]":
    """Which rows hold a question; refuses windows without any, and without any score."""
    asked = raw["query"].notna() & (raw["query"].astype(str).str.strip() != "")
    found = {
        "query": ("no question", asked, "questions, each a text that is not empty"),
        "score": ("no score", raw["score"].notna(), "finite numbers, where higher is better"),
    }
    problems = [
        Problem(
            source=source,
            field=names[role],
            message=f"{what} is known in the {len(raw):,} rows of the windows; allowed: {allowed}",
        )
        for role, (what, known, allowed) in found.items()
        if not known.any()
    ]
    if problems:
        raise InputError(problems)
    return asked


def require_one_embedder(raw: "pd.DataFrame", source: str, field: str) -> None:
    """Refuse scores of several embedders, and say since when each served."""
    if "embedder" not in raw:
        return
    scored = raw[raw["score"].notna()]
    named = scored["embedder"].astype(object).where(scored["embedder"].notna(), "an unnamed one")
    first = scored.groupby(named)["time"].agg(["min", "size"]).sort_values("min")
    if len(first) < 2:  # noqa: PLR2004
        return
    found = "; ".join(
        f"{embedder} from {row['min']:%Y-%m-%d %H:%M} ({int(row['size'])} rows)"
        for embedder, row in first.iterrows()
    )
    raise InputError.of(
        "scores of different embedders do not compare, and the windows hold several: "
        f"{found}. Recalibrate: keep one embedder with `where`, or shorten the windows so that "
        "both lie after the change",
        source=source,
        field=field,
    )


def canonical(raw: "pd.DataFrame") -> "pd.DataFrame":
    """The frame of a `QueryLog`; a request of an unknown user is a user of its own.

    Who is not named counts as no distinct user: one person without a name may have asked it all.
    """
    import pandas as pd

    outcome = raw.get("outcome", pd.Series("", index=raw.index)).astype(str)
    own = pd.Series([f"row {i}" for i in range(len(raw))], index=raw.index, dtype=object)
    known = raw["user"].notna() if "user" in raw else own.isna()
    user = raw["user"].astype(str).where(known, own) if known.any() else own
    frame = pd.DataFrame(
        {
            "query": raw["query"].astype(str),
            "score": raw["score"],
            "user": user,
            "named": known.astype(bool) if known.any() else True,
            "time": raw["time"],
            "current": raw["current"].astype(bool),
            "days_ago": raw["days_ago"].astype(int),
            "no_answer": outcome == NO_ANSWER,
            "refused": outcome == REFUSED,
            "feedback": raw.get("feedback", pd.Series(float("nan"), index=raw.index)),
        }
    )
    order = ["time", "query", "score", "no_answer", "refused", "feedback", "user"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)
