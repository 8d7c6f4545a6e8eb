"""Evaluation: is a candidate good enough to replace the baseline?

Cases say what is asked, runs what was answered, scorers how good it was, and the gate decides
from paired differences with intervals. Everything is computed offline from files.
"""

from mlops_lib.evaluation.cases import Case, CaseSet, Kind
from mlops_lib.evaluation.compare import compare
from mlops_lib.evaluation.comparison import Comparison
from mlops_lib.evaluation.read import read_cases, read_run, read_sections, read_settings
from mlops_lib.evaluation.runs import Answer, Run
from mlops_lib.evaluation.scorers import SCORERS, Score
from mlops_lib.evaluation.settings import Settings
from mlops_lib.evaluation.variants import Variants, compare_variants

__all__ = [
    "SCORERS",
    "Answer",
    "Case",
    "CaseSet",
    "Comparison",
    "Kind",
    "Run",
    "Score",
    "Settings",
    "Variants",
    "compare",
    "compare_variants",
    "read_cases",
    "read_run",
    "read_sections",
    "read_settings",
]
