"""Counts as people write them."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun in the right form.

    Args:
        number: how many.
        noun: for one of them.
        plural: for several; empty for the noun with an s.

    Example:
        >>> counted(1, "case"), counted(1200, "clean case")
        ('1 case', '1,200 clean cases')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
