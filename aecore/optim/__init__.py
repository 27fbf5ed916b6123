"""Optimization: optimizers, learning-rate schedules, early stopping."""
