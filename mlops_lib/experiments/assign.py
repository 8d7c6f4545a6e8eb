"""Sticky randomisation: the same unit sees the same variant in every process and language."""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

from mlops_lib.errors import InputError
from mlops_lib.experiments.design import Design

_BUCKETS = 2**64
"""As many as eight bytes of a hash tell apart; whole numbers, so that no share is rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Which variant a unit sees: computed, never stored.

    Attributes:
        salt: of one experiment alone, so that two experiments share no guinea pigs.
        control: label for units without a name, and for all that no treatment receives.
        bounds: first bucket that is not the treatment's any more, and its label, ascending.
    """

    salt: str
    control: str
    bounds: tuple[tuple[int, str], ...]

    def variant_of(self, unit: str) -> str:
        """The label of the unit's variant; a unit without a name stays in control.

        Args:
            unit: its id, as it is logged.
        """
        if not unit.strip():
            return self.control
        place = bucket(self.salt, unit)
        return next((label for bound, label in self.bounds if place < bound), self.control)


def assignment(design: Design, *, salt: str = "") -> Assignment:
    """How the units of an experiment find their variants.

    While the first treatment's share grows, its units stay in it.

    Args:
        design: with labels and shares.
        salt: the experiment's name when empty; never one that was used before.

    Raises:
        InputError: for an experiment without a name or salt.

    Example:
        >>> chosen = assignment(Design(experiment="answer-v3", treatment_share=0.5))
        >>> [chosen.variant_of(f"u{i}") for i in range(4)]
        ['control', 'control', 'treatment', 'control']
    """
    salt = salt or design.experiment
    if not salt:
        message = "needs a name or a salt: without one, all experiments get the same units"
        raise InputError.of(message, field="experiment")
    bounds, reached = [], Fraction(0)
    for label, share in design.arms[1:]:
        reached += Fraction(repr(share))
        bounds.append((int(reached * _BUCKETS), label))
    return Assignment(salt=salt, control=design.control, bounds=tuple(bounds))


def bucket(salt: str, unit: str) -> int:
    """The first eight bytes of SHA-256 of salt, a zero byte and the unit, as a whole number.

    Example:
        >>> bucket("a", "bc") == bucket("ab", "c")
        False
    """
    return int.from_bytes(sha256(f"{salt}\0{unit}".encode()).digest()[:8], "big")
