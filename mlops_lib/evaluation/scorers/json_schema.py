"""JSON schema: the answer is JSON, and of the shape that was asked for."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from mlops_lib.evaluation.cases import Case
from mlops_lib.evaluation.jsonl import strict_json
from mlops_lib.evaluation.runs import Answer
from mlops_lib.evaluation.scorers.options import Factory, Options
from mlops_lib.evaluation.scorers.score import Evidence, Score, Scorer


def _is_schema(schema: dict[str, Any]) -> dict[str, Any]:
    from jsonschema import SchemaError, validators

    try:
        validators.validator_for(schema).check_schema(schema)
    except SchemaError as error:
        message = f"is no JSON schema: {error.message}"
        raise ValueError(message) from error
    return schema


class JsonSchemaOptions(Options):
    """The shape.

    Attributes:
        schema_: JSON Schema, written as `schema`; references lead into itself only: nothing is
            fetched.
    """

    schema_: Annotated[dict[str, Any], AfterValidator(_is_schema), Field(alias="schema")]


def json_schema(name: str, options: JsonSchemaOptions) -> Scorer:
    """1 when the answer is one JSON value that the schema allows, else 0.

    JSON is read strictly: no text around it, no NaN, no key given twice.
    """
    from jsonschema import validators
    from referencing import Registry

    kind = validators.validator_for(options.schema_)
    # Without a registry of its own the validator would fetch a reference to elsewhere.
    validator = kind(options.schema_, registry=Registry())

    def score(case: Case, answer: Answer, evidence: Evidence) -> Score:
        del case, evidence
        try:
            value: Any = strict_json(answer.text)
        except (ValueError, RecursionError) as error:
            return Score(value=0.0, explanation=f"no JSON: {error}")
        fault = next(iter(validator.iter_errors(value)), None)
        if fault is None:
            return Score(value=1.0, explanation="JSON of the right shape")
        return Score(value=0.0, explanation=f"at {fault.json_path}: {fault.message}")

    return Scorer(name=name, meaning="answers that are JSON of the right shape", score=score)


JSON_SCHEMA = Factory(name="json_schema", options=JsonSchemaOptions, make=json_schema)
