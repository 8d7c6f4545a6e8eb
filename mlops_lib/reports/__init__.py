"""Run notebooks, render their reports, and tell CI the verdict.

A notebook needs one name from here: `publish`, the call of its last cell.
"""

from mlops_lib.reports.publishing import publish

__all__ = ["publish"]
