"""Variants: several versions on the same cases; which one to use, or that it cannot be told."""

from mlops_lib.evaluation.variants.compare import compare_variants
from mlops_lib.evaluation.variants.result import Variants

__all__ = ["Variants", "compare_variants"]
