"""Judges: a model grades answers by a rubric, and is itself tested in every run.

The answer under test is data between delimiters that it cannot guess, only grades that were
offered count, and sentinels whose right grade is known run first: a judge that falls for one
judges nothing. Judgements are stored beside the run, so that a notebook calls no model.
"""

from mlops_lib.evaluation.judges.calibrate import Calibration, calibrate
from mlops_lib.evaluation.judges.judge import JudgeError, judge_run
from mlops_lib.evaluation.judges.judgement import Judgement, Judgements
from mlops_lib.evaluation.judges.labels import Label, read_labels
from mlops_lib.evaluation.judges.read import read_judgements, read_rubric, write_judgements
from mlops_lib.evaluation.judges.rubric import Rubric

__all__ = [
    "Calibration",
    "JudgeError",
    "Judgement",
    "Judgements",
    "Label",
    "Rubric",
    "calibrate",
    "judge_run",
    "read_judgements",
    "read_labels",
    "read_rubric",
    "write_judgements",
]
