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


def load_unique(text: str) -> Any:  # noqa: ANN401
    """The content of YAML text.

    Raises:
        yaml.YAMLError: for text that is none, or a field that is written twice.

    Example:
        >>> load_unique("alpha: 0.05")
        {'alpha': 0.05}
    """
    return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
