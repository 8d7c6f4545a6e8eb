"""Names as SQL takes them literally: they are not ours, and may hold anything."""


def quoted(name: str) -> str:
    """A column's name.

    Example:
        >>> print(quoted('a "day" off'))
        "a ""day"" off"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text.

    Example:
        >>> print(literal("a 'day' off"))
        'a ''day'' off'
    """
    return "'" + text.replace("'", "''") + "'"


def qualified(table: str) -> str:
    """A table's name, with its schema before a point.

    Example:
        >>> qualified("raw.events")
        '"raw"."events"'
    """
    return ".".join(quoted(part) for part in table.split("."))
