"""YAML whose fields are written once; the format's own readers keep the last without a word."""

from typing import Any

import yaml


class _UniqueKeys(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse a field that is written twice."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                message = f"the field {key.value!r} is written twice"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        """Say where a value is that looks like a date or a number, and is none."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, AttributeError) as error:
            message = f"{str(node.value)[:_LONGEST_VALUE]!r} is no value: {error}"
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark) from error


_LONGEST_VALUE = 80


def load_unique(text: str) -> Any:  # noqa: ANN401
    """The content of YAML text.

    Raises:
        yaml.YAMLError: for text that is none, or a field that is written twice.

    Example:
        >>> load_unique("alpha: 0.05")
        {'alpha': 0.05}
    """
    try:
        return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
    except RecursionError as error:
        message = "too many lists or mappings within each other"
        raise yaml.YAMLError(message) from error


def reason(error: Exception) -> str:
    """One line: why a file of YAML cannot be read and, where that is known, in which line.

    Example:
        >>> try:
        ...     load_unique("day: 2024-99-99")
        ... except yaml.YAMLError as error:
        ...     print(reason(error))
        '2024-99-99' is no value: month must be in 1..12, in line 1
    """
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark and problem:
        return f"{problem}, in line {mark.line + 1}"
    return next(iter(str(error).splitlines()), type(error).__name__)
