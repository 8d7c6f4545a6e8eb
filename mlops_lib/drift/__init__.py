"""Did anything change? A frozen reference, counts that add, distances, and a verdict.

`profile` freezes the reference, `count` counts rows into its cells on any engine, `compare` is pure
arithmetic on the counts, `DriftResult.verdict` judges.

Example:
    >>> import pandas as pd
    >>> week = pd.DataFrame({"outcome": ["answered", "refused"] * 200})
    >>> str(compare(week, week).verdict().outcome)
    'pass'
"""

from mlops_lib.drift.alarms import Alarms
from mlops_lib.drift.attribution import Attribution, attribute
from mlops_lib.drift.checks import check_column, check_schema
from mlops_lib.drift.columns import ColumnDrift
from mlops_lib.drift.compare import compare
from mlops_lib.drift.comparison import WindowDrift
from mlops_lib.drift.concept import ConceptDrift, concept
from mlops_lib.drift.count import Counts, count
from mlops_lib.drift.exact import KsTest, ks_test
from mlops_lib.drift.five import FiveDrifts, five_drifts
from mlops_lib.drift.frozen import ColumnProfile, Profile, Skipped
from mlops_lib.drift.performance import concept_performance
from mlops_lib.drift.policy import Policy, decide_column
from mlops_lib.drift.profile import profile
from mlops_lib.drift.read import (
    follow_alarms,
    read,
    read_contract,
    read_profile,
    write_profile,
)
from mlops_lib.drift.result import DriftResult
from mlops_lib.drift.roles import LOG_ROLES
from mlops_lib.drift.selftest import SelfTest
from mlops_lib.drift.upstream import Promises, check_upstream
from mlops_lib.drift.windows import Windows

__all__ = [
    "LOG_ROLES",
    "Alarms",
    "Attribution",
    "ColumnDrift",
    "ColumnProfile",
    "ConceptDrift",
    "Counts",
    "DriftResult",
    "FiveDrifts",
    "KsTest",
    "Policy",
    "Profile",
    "Promises",
    "SelfTest",
    "Skipped",
    "WindowDrift",
    "Windows",
    "attribute",
    "check_column",
    "check_schema",
    "check_upstream",
    "compare",
    "concept",
    "concept_performance",
    "count",
    "decide_column",
    "five_drifts",
    "follow_alarms",
    "ks_test",
    "profile",
    "read",
    "read_contract",
    "read_profile",
    "write_profile",
]
