"""Latent codes: what a model's codes show."""
