"""What a judge is asked: the answers of a run, and the answers whose grade is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_lib.evaluation.cases import Case, CaseSet
from mlops_lib.evaluation.judges.flags import is_empty
from mlops_lib.evaluation.judges.judgement import SentinelKind, key_of
from mlops_lib.evaluation.judges.prompt import Material
from mlops_lib.evaluation.judges.rubric import Rubric
from mlops_lib.evaluation.judges.sentinels import sentinels_of
from mlops_lib.evaluation.runs import Answer, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One answer to grade.

    Attributes:
        case_id: of the answer, or a name of the known answer.
        material: what the judge is shown.
        repeat: of the answer.
        applies: whether the rubric asks about it.
        sentinel: which kind of known answer it is; None for an answer of the run.
    """

    case_id: str
    material: Material
    repeat: int = 0
    applies: bool = True
    sentinel: SentinelKind | None = None

    @property
    def key(self) -> tuple[str, int]:
        """As that of its judgement."""
        return key_of(self.case_id, self.repeat, self.sentinel)

    @property
    def needs_call(self) -> bool:
        """Whether a model is asked; what applies to nothing, or is empty, needs none."""
        return self.applies and not is_empty(self.material.answer)


def known_questions(rubric: Rubric) -> Iterator[Question]:
    """The known answers, with which the judge is tested first."""
    for name, kind, material in sentinels_of(rubric):
        yield Question(case_id=name, material=material, sentinel=kind)


def questions_of(
    run: Run, cases: CaseSet, rubric: Rubric, sections: Mapping[str, str]
) -> Iterator[Question]:
    """Every answer of a run in the order of the cases.

    Args:
        run: the answers.
        cases: what was asked.
        rubric: says of which cases it asks.
        sections: text by id, of which those that were retrieved are shown.
    """
    for case in cases.cases:
        for answer in run.of(case):
            yield Question(
                case_id=case.case_id,
                repeat=answer.repeat,
                material=_material(case, answer, sections),
                applies=answer.error is None and rubric.applies(case),
            )


def _material(case: Case, answer: Answer, sections: Mapping[str, str]) -> Material:
    said = "\n\n".join(f"{turn.role}: {turn.content}" for turn in case.messages)
    return Material(
        question=said if case.history else case.input,
        answer=answer.text,
        target=case.target,
        sections=[
            sections[section] for section, _ in answer.retrieved or () if section in sections
        ],
    )
