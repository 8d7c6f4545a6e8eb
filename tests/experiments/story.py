"""A synthetic request log with one experiment; every fault can be dialled in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happens in the log: the true effects, and the faults."""

    users: int = 1500
    days: int = 21
    share: float = 0.2
    feedback: float = 0.06  # true gain in positive feedback
    errors: float = 0.0  # true rise of the error share
    cost: float = 1.0  # true factor of the cost
    latency: float = 1.0  # true factor of the latency
    silent: float = 0.0  # part of treatment's feedback that is lost
    crossed: int = 0  # users whose last row is in the other variant
    seed: int = 1

    def log(self) -> "pd.DataFrame":
        """Events of users with habits of their own."""
        import pandas as pd

        rng = np.random.default_rng(self.seed)
        treated = rng.random(self.users) < self.share
        liking = rng.beta(5.0, 2.0, self.users)
        slowness = rng.normal(0, 0.2, self.users)
        counts = 2 + rng.poisson(rng.gamma(2.0, 5.0, self.users))
        user = np.repeat(np.arange(self.users), counts)
        rows, arm = user.size, treated[user]
        gives = rng.random(rows) < 0.35 * np.where(arm, 1 - self.silent, 1)
        likes = rng.random(rows) < np.clip(liking[user] + self.feedback * arm, 0, 1)
        errs = rng.random(rows) < 0.01 + self.errors * arm
        when = pd.Timestamp("2026-06-09", tz="UTC") + pd.to_timedelta(
            rng.uniform(0, self.days, rows), unit="D"
        )
        variant = np.where(arm, "treatment", "control")
        for each in range(self.crossed):
            last = np.flatnonzero(user == each)[-1]
            variant[last] = "control" if variant[last] == "treatment" else "treatment"
        return pd.DataFrame(
            {
                "user_id": [f"u{each:05d}" for each in user],
                "variant": variant,
                "experiment": "answer-v3",
                "time": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "feedback": np.where(gives, np.where(likes, 1.0, -1.0), np.nan),
                "outcome": np.where(errs, "error", "answered"),
                "cost_usd": rng.gamma(4, 0.0005, rows) * np.where(arm, self.cost, 1),
                "latency_ms": np.exp(6.5 + slowness[user] + rng.normal(0, 0.4, rows))
                * np.where(arm, self.latency, 1),
            }
        )
