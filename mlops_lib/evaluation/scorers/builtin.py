"""The scorers that need no options; to add one is to add a file and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from mlops_lib.evaluation.scorers.answerability import ANSWERABILITY
from mlops_lib.evaluation.scorers.faithfulness import FAITHFULNESS
from mlops_lib.evaluation.scorers.form import FORMAT
from mlops_lib.evaluation.scorers.leaks import LEAKS
from mlops_lib.evaluation.scorers.relevance import RELEVANCE
from mlops_lib.evaluation.scorers.retrieval import MRR, RECALL
from mlops_lib.evaluation.scorers.safety import SAFETY_RULES
from mlops_lib.evaluation.scorers.score import Scorer
from mlops_lib.evaluation.scorers.similarity import SIMILARITY
from mlops_lib.evaluation.scorers.spending import COST, LATENCY

SCORERS: Mapping[str, Scorer] = MappingProxyType(
    {
        scorer.name: scorer
        for scorer in (
            SAFETY_RULES,
            LEAKS,
            ANSWERABILITY,
            FAITHFULNESS,
            RECALL,
            SIMILARITY,
            RELEVANCE,
            FORMAT,
            MRR,
            LATENCY,
            COST,
        )
    }
)
"""Every scorer by the name of its metric."""
