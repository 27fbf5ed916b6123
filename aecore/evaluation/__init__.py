"""Evaluation of trained models: scores, denoising quality and outlier scores."""
