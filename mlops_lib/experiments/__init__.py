"""A/B tests: may the experiment be read, what is the difference, what to do.

Example:
    >>> from mlops_lib import experiments
    >>> design = experiments.Design(metrics=experiments.own_metrics("converted"))
    >>> design.primary.name
    'converted'
"""

from mlops_lib.experiments.analyse import Analysis, analyse
from mlops_lib.experiments.arms import Arm
from mlops_lib.experiments.assign import Assignment, assignment
from mlops_lib.experiments.decide import Action, Decision, decide
from mlops_lib.experiments.design import Design, Expectation
from mlops_lib.experiments.estimates import Estimate
from mlops_lib.experiments.evidence import Evidence, Sample
from mlops_lib.experiments.metric import REQUEST_METRICS, Metric
from mlops_lib.experiments.parse import own_metrics
from mlops_lib.experiments.path import Look
from mlops_lib.experiments.plan import plan, show_plan
from mlops_lib.experiments.planned import Plan
from mlops_lib.experiments.read import design_of, read, read_design, read_record

__all__ = [
    "REQUEST_METRICS",
    "Action",
    "Analysis",
    "Arm",
    "Assignment",
    "Decision",
    "Design",
    "Estimate",
    "Evidence",
    "Expectation",
    "Look",
    "Metric",
    "Plan",
    "Sample",
    "analyse",
    "assignment",
    "decide",
    "design_of",
    "own_metrics",
    "plan",
    "read",
    "read_design",
    "read_record",
    "show_plan",
]
