"""The demo's judge: a rule in the place of a model, so that judging and calibration cost nothing.

It counts how much of the reference answer's words stand in the answer, and is wrong where other
words say the same. That is what labels are for: the report sets it beside the demo's labels.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_lib.evaluation import read_cases, read_run
from mlops_lib.evaluation.judges import judge_run, read_rubric, write_judgements
from mlops_lib.llm import BrokenAnswerError, Completion, Message
from mlops_lib.llm.words import content_words

RUBRIC = Path("eval/judges/relevance.yaml")

_BLOCK = r"^BEGIN {name} ([0-9a-f]{{32}})\n(.*?)\nEND {name} \1$"
_GRADES = re.compile(r'"grade": "<one of: ([^>]+)>"')


@dataclass(frozen=True, slots=True, kw_only=True)
class WordJudge:
    """Grades by the share of the reference's words that the answer holds.

    Attributes:
        id: of the judge.
        best_from: share from which the best grade is given, the others in equal steps below. Two
            fifths, because the rubric's known good answer holds five words of eleven.
    """

    id: str = "words-of-the-reference"
    best_from: float = 0.4

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int, system: str = ""
    ) -> Completion:
        """Grade the answer between its delimiters.

        Args:
            messages: the last one holds reference and answer.
            max_tokens: not reached.
            system: the rubric, for the grades that it offers.

        Raises:
            BrokenAnswerError: if there is no reference answer or no list of grades.
        """
        del max_tokens
        offered = _GRADES.search(system)
        wanted = _words(_block(messages[-1].content, "reference answer"))
        if offered is None or not wanted:
            raise BrokenAnswerError("this judge needs a rubric with a reference answer")
        said = _words(_block(messages[-1].content, "answer"))
        grades = offered[1].split(", ")
        held, best = len(wanted & said), len(grades) - 1
        grade = grades[min(int(best * held / (self.best_from * len(wanted))), best)]
        reason = f"{held} of {len(wanted)} words of the reference stand in the answer."
        return Completion(
            text=json.dumps({"reason": reason, "grade": grade}),
            input_tokens=0,
            output_tokens=0,
            cost_usd=0.0,
            stop_reason="end",
            model=self.id,
        )


def _words(text: str) -> frozenset[str]:
    """Words that carry meaning; all words of a text that has none, such as "No."."""
    return frozenset(content_words(text)) or frozenset(text.lower().split())


def _block(text: str, name: str) -> str:
    """The last block of this name: an answer may contain what looks like one."""
    found = re.findall(_BLOCK.format(name=name), text, flags=re.DOTALL | re.MULTILINE)
    return str(found[-1][1]) if found else ""


def judge(run: Path, cases: Path, out: Path) -> int:
    """Grade a run by the rubric of the labels.

    Args:
        run: its path.
        cases: path of the cases.
        out: path of the judgements.

    Returns:
        The number of lines.

    Raises:
        InputError: if run, cases or rubric are missing or bad.
    """
    asked = read_cases(cases)
    found = judge_run(read_run(run, asked), asked, read_rubric(RUBRIC), WordJudge())
    return write_judgements(out, [found])
