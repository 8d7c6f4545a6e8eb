"""Statistics as functions from arrays and counts to frozen results.

Nothing here knows a file, a limit, or a word of the product. Each function names the source of
its method; each result carries estimate, interval, n and method. scipy is imported inside the
functions that need it, so that importing the library stays fast.
"""

from mlops_lib.stats.adjusted import Adjusted, adjusted_difference
from mlops_lib.stats.agreement import Kappa, kappa
from mlops_lib.stats.clusters import ClusteredMean, clustered_mean
from mlops_lib.stats.corrected import Corrected, ppi_mean, rogan_gladen
from mlops_lib.stats.interval import CONFIDENCE, Interval
from mlops_lib.stats.levels import Level, level
from mlops_lib.stats.means import Difference, Mean, mean, welch_difference, welch_from_moments
from mlops_lib.stats.moments import Moments, moments
from mlops_lib.stats.multiplicity import benjamini_hochberg, holm
from mlops_lib.stats.paired import (
    McNemar,
    PairedBinary,
    mcnemar,
    paired_binary,
    paired_difference,
    tango_interval,
)
from mlops_lib.stats.paired_clusters import ClusteredDifference, paired_by_cluster
from mlops_lib.stats.paired_ratios import PairedMoments, paired_lift, paired_ratio_difference
from mlops_lib.stats.plan import connor_cases, miller_cases, miller_effect
from mlops_lib.stats.power import minimum_detectable_effect, planned_units, units_needed
from mlops_lib.stats.proportions import (
    Proportion,
    clean_cases_needed,
    newcombe_difference,
    proportion,
    share_difference,
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
from mlops_lib.stats.score import score_interval
from mlops_lib.stats.sequential import always_valid, always_valid_pvalue

__all__ = [
    "CONFIDENCE",
    "Adjusted",
    "ClusteredDifference",
    "ClusteredMean",
    "Corrected",
    "Difference",
    "Interval",
    "Kappa",
    "Level",
    "McNemar",
    "Mean",
    "Moments",
    "PairedBinary",
    "PairedMoments",
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
    "connor_cases",
    "holm",
    "kappa",
    "level",
    "lift",
    "mcnemar",
    "mean",
    "miller_cases",
    "miller_effect",
    "minimum_detectable_effect",
    "moments",
    "newcombe_difference",
    "paired_binary",
    "paired_by_cluster",
    "paired_difference",
    "paired_lift",
    "paired_ratio_difference",
    "planned_units",
    "ppi_mean",
    "proportion",
    "quantile",
    "quantile_difference",
    "quantile_lift",
    "quantile_ranks",
    "ratio",
    "ratio_difference",
    "ratio_of",
    "rogan_gladen",
    "sample_ratio",
    "score_interval",
    "sequential_sample_ratio",
    "share_difference",
    "share_interval",
    "tango_interval",
    "units_needed",
    "welch_difference",
    "welch_from_moments",
]
