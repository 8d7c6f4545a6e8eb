"""Read prompt files, strictly: every problem of a file at once, none silently mended."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mlops_lib.errors import InputError, Problem
from mlops_lib.prompts.prompt import Prompt
from mlops_lib.yaml_file import load_unique, reason

CONFIG = "config.yaml"
"""The file that says which version is active in which environment."""

_VERSION_FILE = re.compile(r"v([1-9][0-9]*)\.yaml")


def read_prompt(directory: str | Path, name: str, version: int) -> Prompt:
    """Read one version of a prompt.

    Args:
        directory: the folder that holds one folder per prompt.
        name: the prompt's folder.
        version: its number.

    Raises:
        InputError: if the file is missing or wrong; names every problem.
    """
    folder = Path(directory) / name
    path = folder / f"v{version}.yaml"
    if not path.is_file():
        there = ", ".join(f"v{number}" for number in _versions(folder)) or "none"
        raise InputError.of(f"no such prompt version; there are: {there}", source=str(path))
    content = _read_mapping(path)
    try:
        prompt = Prompt.model_validate(content)
    except ValidationError as error:
        raise InputError(_problems(error, str(path))) from None
    _check_place(prompt, path, name, version)
    return prompt


def active_version(directory: str | Path, name: str, environment: str) -> int:
    """Read which version of a prompt serves an environment.

    Raises:
        InputError: if the configuration, the prompt or the environment is missing, or the version
            is no whole number.
    """
    path = Path(directory) / CONFIG
    if not path.is_file():
        raise InputError.of("no such file", source=str(path))
    versions = _entry(_read_mapping(path), name, str(path), name)
    if not isinstance(versions, dict):
        message = "must map environments to versions"
        raise InputError.of(message, source=str(path), field=name, value=versions)
    field = f"{name}.{environment}"
    version = _entry(versions, environment, str(path), field)
    if type(version) is not int or version < 1:
        message = "must be a whole number, such as 2"
        raise InputError.of(message, source=str(path), field=field, value=version)
    return version


def environments(directory: str | Path, name: str, version: int) -> tuple[str, ...]:
    """Names of the environments that a version of a prompt serves; none without a configuration.

    Raises:
        InputError: if the configuration is no valid YAML.
    """
    path = Path(directory) / CONFIG
    versions = _read_mapping(path).get(name, {}) if path.is_file() else {}
    pairs = versions.items() if isinstance(versions, dict) else ()
    return tuple(str(place) for place, number in pairs if number == version)


def _entry(mapping: dict[str, Any], key: str, source: str, field: str) -> Any:  # noqa: ANN401
    if key not in mapping:
        there = ", ".join(map(str, mapping)) or "none"
        raise InputError.of(f"missing; there are: {there}", source=source, field=field)
    return mapping[key]


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = load_unique(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError.of(f"no valid YAML: {reason(error)}", source=str(path)) from None
    if not isinstance(content, dict):
        raise InputError.of("must be a mapping of fields", source=str(path), value=content)
    return content


def _versions(folder: Path) -> list[int]:
    found = (_VERSION_FILE.fullmatch(path.name) for path in folder.glob("v*.yaml"))
    return sorted(int(match[1]) for match in found if match)


def _check_place(prompt: Prompt, path: Path, name: str, version: int) -> None:
    wrong = [
        Problem(
            message=f"must be {expected!r}, as the path says",
            source=str(path),
            field=field,
            value=value,
        )
        for field, value, expected in (
            ("name", prompt.name, name),
            ("version", prompt.version, version),
        )
        if value != expected
    ]
    if wrong:
        raise InputError(wrong)


def _problems(error: ValidationError, source: str) -> Iterable[Problem]:
    return [_problem(detail, source) for detail in error.errors()]


def _problem(detail: ErrorDetails, source: str) -> Problem:
    field = ".".join(map(str, detail["loc"]))
    message = detail["msg"].removeprefix("Value error, ")
    value = None if detail["type"] in {"missing", "value_error"} else detail["input"]
    return Problem(message=message, source=source, field=field, value=value)
