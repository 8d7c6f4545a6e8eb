"""Counts of successes: what is none is refused."""


def require_counts(successes: int, n: int) -> None:
    """Refuse counts that are none.

    Raises:
        ValueError: if the counts are negative or successes exceed n.
    """
    if n < 0 or not 0 <= successes <= n:
        message = f"need 0 <= successes <= n, not {successes} of {n}"
        raise ValueError(message)
