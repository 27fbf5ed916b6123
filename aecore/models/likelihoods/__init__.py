"""Likelihoods, one per file: distributions of the exact 8-bit values of pixels, which lossless compression needs.

This package imports all its modules: to add a likelihood, add a file.
"""

from __future__ import annotations

from aecore.models.likelihoods.base import Likelihood, likelihoods_by_kind
from aecore.models.likelihoods.histograms import HistogramMixture
from aecore.options.registry import import_submodules

import_submodules(__name__, first="histograms")

#: All likelihoods by the value of `training.loss` that selects them.
LIKELIHOODS = likelihoods_by_kind()

__all__ = ["LIKELIHOODS", "HistogramMixture", "Likelihood"]
