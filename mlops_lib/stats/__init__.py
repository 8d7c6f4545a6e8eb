"""Statistics as functions from arrays and counts to frozen results.

Nothing here knows a file, a limit, or a word of the product. Each function names the source of
its method; each result carries estimate, interval, n and method. scipy is imported inside the
functions that need it, so that importing the library stays fast.
"""

from mlops_lib.stats.adjusted import Adjusted, adjusted_difference
from mlops_lib.stats.clusters import ClusteredMean, clustered_mean
from mlops_lib.stats.interval import CONFIDENCE, Interval
from mlops_lib.stats.means import Difference, Mean, mean, welch_difference, welch_from_moments
from mlops_lib.stats.moments import Moments, moments
from mlops_lib.stats.multiplicity import benjamini_hochberg, holm
from mlops_lib.stats.paired import McNemar, PairedBinary, mcnemar, paired_binary, paired_difference
from mlops_lib.stats.power import minimum_detectable_effect, planned_units, units_needed
from mlops_lib.stats.proportions import (
    Proportion,
    clean_cases_needed,
    newcombe_difference,
    proportion,
)
from mlops_lib.stats.quantiles import (
    Quantile,
    quantile,
    quantile_difference,
    quantile_lift,
    quantile_ranks,
)
from mlops_lib.stats.ratios import (
    Ratio,
    clustered_share_difference,
    lift,
    ratio,
    ratio_difference,
    ratio_of,
    share_interval,
)
from mlops_lib.stats.sample_ratio import SampleRatio, sample_ratio, sequential_sample_ratio
from mlops_lib.stats.sequential import always_valid, always_valid_pvalue

__all__ = [
    "CONFIDENCE",
    "Adjusted",
    "ClusteredMean",
    "Difference",
    "Interval",
    "McNemar",
    "Mean",
    "Moments",
    "PairedBinary",
    "Proportion",
    "Quantile",
    "Ratio",
    "SampleRatio",
    "adjusted_difference",
    "always_valid",
    "always_valid_pvalue",
    "benjamini_hochberg",
    "clean_cases_needed",
    "clustered_mean",
    "clustered_share_difference",
    "holm",
    "lift",
    "mcnemar",
    "mean",
    "minimum_detectable_effect",
    "moments",
    "newcombe_difference",
    "paired_binary",
    "paired_difference",
    "planned_units",
    "proportion",
    "quantile",
    "quantile_difference",
    "quantile_lift",
    "quantile_ranks",
    "ratio",
    "ratio_difference",
    "ratio_of",
    "sample_ratio",
    "sequential_sample_ratio",
    "share_interval",
    "units_needed",
    "welch_difference",
    "welch_from_moments",
]
