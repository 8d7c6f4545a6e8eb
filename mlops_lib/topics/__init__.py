"""What users ask that the corpus does not cover: retrieval-score drift and coverage gaps.

`read` the log, `analyse` it, show the result, take its verdict. Nothing here needs a model, a key
or a download, and the same log gives the same answer whatever the order of its rows.
"""

from mlops_lib.topics.analyse import analyse
from mlops_lib.topics.checks import Policy
from mlops_lib.topics.columns import ColumnNames
from mlops_lib.topics.gaps import Gap
from mlops_lib.topics.ledger import Ledger
from mlops_lib.topics.ledger_file import follow_ledger
from mlops_lib.topics.log import QueryLog
from mlops_lib.topics.markdown import Section, split_sections
from mlops_lib.topics.phrase import phrase_labels
from mlops_lib.topics.read import (
    corpus_sources,
    read,
    read_candidate,
    read_corpus,
)
from mlops_lib.topics.result import Settings, TopicsResult
from mlops_lib.topics.scores import ScoreDrift, score_drift
from mlops_lib.topics.windows import WindowDifference, difference_of_means

__all__ = [
    "ColumnNames",
    "Gap",
    "Ledger",
    "Policy",
    "QueryLog",
    "ScoreDrift",
    "Section",
    "Settings",
    "TopicsResult",
    "WindowDifference",
    "analyse",
    "corpus_sources",
    "difference_of_means",
    "follow_ledger",
    "phrase_labels",
    "read",
    "read_candidate",
    "read_corpus",
    "score_drift",
    "split_sections",
]
