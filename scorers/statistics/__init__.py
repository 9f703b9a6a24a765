"""Means, rates, agreement and classification figures with intervals."""

from scorers.statistics.agreement import agreement, krippendorff_alpha
from scorers.statistics.differences import p_value, paired_differences
from scorers.statistics.estimate import (
    Estimate,
    minimum_detectable_difference,
    stratified_mean,
    stratified_rate,
)
from scorers.statistics.independent import weighted_means
from scorers.statistics.unscored import Bounds, stratified_bounds

__all__ = [
    "Bounds",
    "Estimate",
    "agreement",
    "krippendorff_alpha",
    "minimum_detectable_difference",
    "p_value",
    "paired_differences",
    "stratified_bounds",
    "stratified_mean",
    "stratified_rate",
    "weighted_means",
]
