"""Scorers: one small file each.

A scorer is pure: case, answer and evidence give a score with its explanation, without a network.
"""

from mlops_lib.evaluation.scorers.builtin import SCORERS
from mlops_lib.evaluation.scorers.choose import FACTORIES, choose_scorers
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer

__all__ = ["FACTORIES", "SCORERS", "Evidence", "Score", "Scorer", "choose_scorers"]
