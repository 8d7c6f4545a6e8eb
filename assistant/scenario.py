"""The story that the simulated traffic tells, every number of it in one place."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

EXPERIMENT = "answer-v3"
EXPERIMENT_SALT = "answer-v3 june 2026"
"""Drawn before the experiment began, so that its 400 users split close to the planned shares."""

CANARY_SALT = "canary june 2026"

UNCOVERED = {"fine-tuning": 0.40, "agents-and-tools": 0.33, "voice-and-images": 0.27}
"""Topics that the corpus lacks, and their unequal shares of the questions that it cannot answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens when. Shares are of requests, or of users where it says so.

    Attributes:
        days: length.
        last_day: the last of them.
        seed: of everything random.
        users: how many people there are.
        requests_per_day: mean over the week.
        weekend: traffic of a Saturday or Sunday, relative to a working day.
        off_topic: share of questions that no such guide would answer.
        attacks: share of attempts at the guardrails.
        errors: share of requests that fail.
        uncovered_before: share of questions on topics that the corpus lacks.
        uncovered_after: the same during the shift.
        shift_days: the shift lasts this many days, up to the end.
        experiment_days: the experiment, likewise.
        treatment_users: share of users in treatment; all others are in control.
        treatment_version: version of the prompt in treatment.
        canary_days: the canary release, likewise.
        canary_users: share of users on it.
        canary_dense_weight: what it changes: the share of the vectors in a retrieval score.
    """

    days: int = 37
    last_day: date = date(2026, 6, 30)
    seed: int = 7
    users: int = 400
    requests_per_day: float = 350.0
    weekend: float = 0.35
    off_topic: float = 0.03
    attacks: float = 0.005
    errors: float = 0.007
    uncovered_before: float = 0.02
    uncovered_after: float = 0.25
    shift_days: int = 7
    experiment_days: int = 21
    treatment_users: float = 0.20
    treatment_version: int = 3
    canary_days: int = 3
    canary_users: float = 0.05
    canary_dense_weight: float = 0.35

    @property
    def first_day(self) -> date:
        """The first day."""
        return self.last_day - timedelta(days=self.days - 1)

    def is_within_last(self, days: int, moment: datetime) -> bool:
        """Whether a moment lies in the last so many days.

        Example:
            >>> Scenario().is_within_last(1, datetime(2026, 6, 29, 23, 59, tzinfo=UTC))
            False
        """
        start = datetime.combine(self.last_day, time(), tzinfo=UTC) - timedelta(days=days - 1)
        return moment >= start


def is_in(salt: str, user_id: str, share: float) -> bool:
    """Whether a user belongs to the first `share` of all; the same answer forever.

    Args:
        salt: name of the experiment or release; another salt draws other users.
        user_id: the unit of randomisation.
        share: 0 to 1.

    Example:
        >>> is_in("answer-v3", "u-1", 0.0), is_in("answer-v3", "u-1", 1.0)
        (False, True)
    """
    digest = hashlib.sha256(f"{salt}\0{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < round(share * 2**64)
