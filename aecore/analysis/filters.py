"""Filters that take noise out of pictures without having learned anything: what a denoising autoencoder must beat."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from aecore.analysis.metrics import psnr_each
from aecore.analysis.pca import PCA

Array = NDArray[np.float32]  # (N, C, H, W) in [0, 1]


class Filter(ABC):
    """One filter, with the settings worth trying; the first, 0, leaves pictures as they are.

    On digits, with any of the corruptions, a finer or longer row of settings gains 0.3 dB at most, mostly nothing.
    """

    title: ClassVar[str]
    word: ClassVar[str]  # what a setting is called
    settings: tuple[float, ...]

    def told(self, setting: float) -> str:
        """A setting for a person."""
        return f"{self.word} {setting:g}" if setting else "left as they are"

    def restore(self, noisy: Tensor, setting: float) -> Tensor:
        """Noisy pictures (N, C, H, W) in [0, 1] without their noise, as far as this filter can."""
        if not setting:
            return noisy
        return torch.from_numpy(self._filtered(noisy.numpy(), setting)).clamp(0, 1)

    @abstractmethod
    def _filtered(self, noisy: Array, setting: float) -> Array: ...


class Median(Filter):
    """The median of a square around each pixel. Tukey, Exploratory data analysis, 1977; by SciPy."""

    title, word = "Median filter", "side"
    settings = (0, 3, 5, 7, 9, 11)

    def _filtered(self, noisy: Array, setting: float) -> Array:
        return _as_array(ndimage.median_filter(noisy, size=(1, 1, int(setting), int(setting))))


class Gaussian(Filter):
    """A mean of the neighborhood, weighted by a bell curve; by SciPy."""

    title, word = "Gaussian filter", "sigma"
    settings = (0, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2)

    def _filtered(self, noisy: Array, setting: float) -> Array:
        return _as_array(ndimage.gaussian_filter(noisy, sigma=(0, 0, setting, setting)))


class TotalVariation(Filter):
    """The picture with least total variation near the noisy one.

    Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, 1992, by Chambolle's algorithm
    (2004) in scikit-image.
    """

    title, word = "Total variation", "weight"
    settings = (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.6)

    def _filtered(self, noisy: Array, setting: float) -> Array:
        from skimage.restoration import denoise_tv_chambolle

        return _each(noisy, lambda x: denoise_tv_chambolle(x, weight=setting, max_num_iter=50, channel_axis=0))


class NonLocalMeans(Filter):
    """A mean of pixels whose surroundings look alike.

    Buades, Coll and Morel, A non-local algorithm for image denoising, CVPR 2005; by scikit-image.
    """

    title, word = "Non-local means", "h"
    settings = (0, 0.05, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.45)

    def _filtered(self, noisy: Array, setting: float) -> Array:
        from skimage.restoration import denoise_nl_means

        def each(x: Array) -> Any:
            # Gray as a plane: with one channel scikit-image compares other patches.
            plane, channels = (x[0], None) if len(x) == 1 else (x, 0)
            return denoise_nl_means(
                plane, h=setting, patch_size=5, patch_distance=7, fast_mode=True, channel_axis=channels
            )

        return _each(noisy, each)


class Projection(Filter):
    """The nearest picture that is made of a few principal components of clean ones."""

    title, word = "PCA", "components"
    settings: tuple[float, ...] = (0, 4, 8, 16, 32, 64, 96, 128, 192, 256, 512)

    def __init__(self, principal: PCA) -> None:
        self.principal = principal
        self.settings = tuple(k for k in self.settings if principal.at_most(int(k)) == k)

    def told(self, setting: float) -> str:
        return f"{setting:g} components" if setting else "left as they are"

    def restore(self, noisy: Tensor, setting: float) -> Tensor:
        return self.principal.reconstruct(noisy, int(setting)).clamp(0, 1) if setting else noisy

    def _filtered(self, noisy: Array, setting: float) -> Array:
        raise NotImplementedError


def filters(principal: PCA) -> tuple[Filter, ...]:
    """All of them; PCA with components that were found on clean pictures."""
    return Median(), Gaussian(), TotalVariation(), NonLocalMeans(), Projection(principal)


def tune(method: Filter, clean: Tensor, noisy: Tensor) -> float:
    """The setting with the best mean PSNR on clean pictures (N, C, H, W) and the same with noise: the fair one.

    PCA's is the fairer for pictures that it was not fitted on. The weakest of settings that are equally good.
    """
    if torch.equal(clean, noisy):
        return method.settings[0]  # nothing is better, and trying takes its time
    return max(method.settings, key=lambda s: float(psnr_each(clean, method.restore(noisy, s)).mean()))


def _each(pictures: Array, work: Callable[[Array], Any]) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):  # an empty picture is divided by its own variation
        restored = [work(picture).reshape(picture.shape) for picture in pictures]
    return np.nan_to_num(_as_array(np.stack(restored)))


def _as_array(numbers: Any) -> Array:
    return np.asarray(numbers, np.float32)
