"""Latent codes of a trained model: encoding, sliders and export."""
