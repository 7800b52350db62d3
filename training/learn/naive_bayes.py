"""Naive Bayes over the same bins: each table is what its fact would say if there were no other."""

import numpy as np

from training.learn.additive_model import AdditiveModel
from training.learn.design import Design


def fit_naive_bayes(design: Design) -> AdditiveModel:
    """The log of the ratio of the shares of leads that converted and did not with each value, smoothed by one lead."""
    won, all_ = float(design.weights @ design.converted), float(design.weights.sum())
    tables = []
    for bins, codes in zip(design.bins, design.codes, strict=True):
        here = np.bincount(codes, design.weights, bins.size)
        hits = np.bincount(codes, design.weights * design.converted, bins.size)
        seen = here > 0
        ratio = np.log((hits + 1) / (won + bins.size)) - np.log((here - hits + 1) / (all_ - won + bins.size))
        tables.append(np.where(seen, ratio, 0.0))
    return AdditiveModel(float(np.log((won + 0.5) / (all_ - won + 0.5))), tuple(tables))
