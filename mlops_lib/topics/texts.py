"""Badly served queries as unique texts: the same question asked twice is one text, asked twice."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from mlops_lib.topics.log import QueryLog

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""What colours a terminal or names its window: letters that nobody asked anything with."""

_OUTSIDE_WORDS = re.compile(r"[^\w]+", re.UNICODE)


def normalise(query: str) -> str:
    """A query without what does not change its meaning: case, accents' form, space, punctuation.

    Nor do sequences that control a terminal, as pasted logs hold them.

    A query of punctuation alone stays what it is.

    Example:
        >>> normalise("  Merge LoRA -- adapters?! ")
        'merge lora adapters'
    """
    shown = _TERMINAL.sub(" ", query)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    return _OUTSIDE_WORDS.sub(" ", folded).strip() or folded.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueTexts:
    """Unique texts in alphabetical order, with who asked them how often.

    Attributes:
        texts: normalised, sorted.
        spellings: for each text its most frequent spelling, with single spaces, to be shown.
        requests: for each text how many requests, shape (t,).
        askers: for each text how many distinct users, shape (t,); the weight of a text.
        rows: the rows of the log's frame that are meant, shape (r,).
        text_of_row: for each of these rows the index of its text, shape (r,).
    """

    texts: tuple[str, ...]
    spellings: tuple[str, ...]
    requests: "NDArray[np.int64]"
    askers: "NDArray[np.int64]"
    rows: "NDArray[np.int64]"
    text_of_row: "NDArray[np.int64]"

    def __len__(self) -> int:
        """How many unique texts."""
        return len(self.texts)


def badly_served(log: "QueryLog", low_score: float) -> "NDArray[np.bool_]":
    """Which rows were served badly: a low score or no answer; never one that a guardrail refused.

    Args:
        log: the windows.
        low_score: the score below which a query counts; NaN counts none by score.
    """
    low = (log.frame["score"] < low_score).to_numpy(dtype=bool)
    no_answer = log.frame["no_answer"].to_numpy(dtype=bool)
    refused = log.frame["refused"].to_numpy(dtype=bool)
    flags: NDArray[np.bool_] = (low | no_answer) & ~refused
    return flags


def well_served(log: "QueryLog", low_score: float) -> "NDArray[np.bool_]":
    """Which rows were answered with a known score that is not low; never one that was refused.

    What has no score, or was refused, is neither well nor badly served: no page answered it.

    Args:
        log: the windows.
        low_score: the score below which a query counts as badly served; NaN counts none by score.
    """
    scored = log.frame["score"].notna().to_numpy(dtype=bool)
    refused = log.frame["refused"].to_numpy(dtype=bool)
    flags: NDArray[np.bool_] = scored & ~refused & ~badly_served(log, low_score)
    return flags


def unique_texts(frame: "pd.DataFrame", rows: "NDArray[np.bool_]") -> UniqueTexts:
    """Fold the chosen rows into unique texts.

    Args:
        frame: the log's frame.
        rows: shape (n,), which rows.

    Example:
        >>> import numpy as np, pandas as pd
        >>> frame = pd.DataFrame({"query": ["Hi!", "hi", "psi?"], "user": ["a", "a", "b"]})
        >>> found = unique_texts(frame, np.array([True, True, True]))
        >>> found.texts, found.requests.tolist(), found.askers.tolist()
        (('hi', 'psi'), [2, 1], [1, 1])
    """
    import numpy as np
    import pandas as pd

    chosen = frame[rows]
    folded = {query: normalise(query) for query in chosen["query"].unique()}
    table = pd.DataFrame(
        {"text": chosen["query"].map(folded), "query": chosen["query"], "user": chosen["user"]}
    )
    texts, text_of_row = np.unique(table["text"].to_numpy(dtype=object), return_inverse=True)
    size = len(texts)
    pairs = table[["text", "user"]].drop_duplicates()["text"].value_counts()
    return UniqueTexts(
        texts=tuple(texts),
        spellings=_spellings(table, texts),
        requests=np.bincount(text_of_row.ravel(), minlength=size).astype(np.int64),
        askers=np.array([pairs[text] for text in texts], dtype=np.int64),
        rows=np.flatnonzero(rows),
        text_of_row=text_of_row.ravel().astype(np.int64),
    )


def users_of(frame: "pd.DataFrame", unique: UniqueTexts, texts: Sequence[str]) -> int:
    """How many distinct users asked any of these texts.

    Args:
        frame: the log's frame.
        unique: folded from it.
        texts: some of its texts.
    """
    import numpy as np

    chosen = [place for place, text in enumerate(unique.texts) if text in set(texts)]
    rows = unique.rows[np.isin(unique.text_of_row, chosen)]
    return distinct_users(frame, rows)


def distinct_users(frame: "pd.DataFrame", rows: "NDArray[np.bool_] | NDArray[np.int64]") -> int:
    """How many different named users there are in some rows.

    Args:
        frame: the log's frame.
        rows: which of its rows, as flags or as places.

    Example:
        >>> import numpy as np, pandas as pd
        >>> frame = pd.DataFrame({"user": ["a", "b", "row 2"], "named": [True, True, False]})
        >>> distinct_users(frame, np.array([True, False, True]))
        1
    """
    named = frame["named"].to_numpy(dtype=bool)[rows]
    return len(set(frame["user"].to_numpy(dtype=object)[rows][named]))


def _spellings(table: "pd.DataFrame", texts: "NDArray[np.object_]") -> tuple[str, ...]:
    counts = table.groupby(["text", "query"], sort=True).size().reset_index(name="times")
    ranked = counts.sort_values(["text", "times", "query"], ascending=[True, False, True])
    first = ranked.drop_duplicates("text").set_index("text")["query"]
    return tuple(" ".join(str(first[text]).split()) for text in texts)
