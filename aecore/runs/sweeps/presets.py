"""Sweeps to start from: settings and values whose comparison teaches something."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Preset:
    """A setting with values."""

    name: str
    title: str
    setting: str
    values: tuple[JsonValue, ...]
    explanation: str
    recipe: str = "quick-start"  # that has the setting


#: The presets by name.
PRESETS = {
    preset.name: preset
    for preset in (
        Preset("latent", "Latent size", "bottleneck.latent", (2, 4, 8, 16, 32, 64),
               "How much does the error fall with each doubling of the code, and when does PCA catch up?"),
        Preset("loss", "MSE against BCE", "training.loss", ("mse", "bce"),
               "Which loss gives the smaller squared error?"),
        Preset("network", "Dense against convolutional against residual", "network.kind", ("dense", "conv", "residual"),
               "Which network reconstructs best in the same number of steps, and how long does it take?"),
        Preset("dropout", "Dropout", "network.dropout", (0.0, 0.05, 0.1, 0.2, 0.4),
               "Does dropout help an autoencoder, or does it only blur?"),
        Preset("beta", "Beta of a VAE", "bottleneck.beta", (0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
               "What does a stronger pull toward the Gaussian prior cost in reconstruction?", recipe="vae"),
        Preset("images", "Number of training images", "dataset.images", (250, 500, 1000, 2000, 4000),
               "How many images does the network need to beat PCA? Start from settings with a length in steps, such as "
               "Quick start: with a length in epochs, fewer images also mean fewer steps."),
    )
}  # fmt: skip
