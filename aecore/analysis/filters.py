"""Classical denoising filters without training: the baselines of a denoising autoencoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from aecore.analysis.metrics import psnr_per_image
from aecore.analysis.pca import PCA

Array = NDArray[np.float32]  # (N, C, H, W) in [0, 1]


class Filter(ABC):
    """A denoising filter with one setting.

    The setting 0 leaves images unchanged. On digits, for every corruption, a finer or longer grid of settings gains
    0.3 dB at most.
    """

    title: ClassVar[str]
    setting_name: ClassVar[str]
    settings: tuple[float, ...]  # the grid to search, ascending; the first is 0

    def label(self, setting: float) -> str:
        """Format a setting for display."""
        return f"{self.setting_name} {setting:g}" if setting else "unchanged"

    def denoise(self, noisy: Tensor, setting: float) -> Tensor:
        """Denoise images (N, C, H, W) in [0, 1]; the result lies in [0, 1]."""
        if not setting:
            return noisy
        return torch.from_numpy(self._filter(noisy.numpy(), setting)).clamp(0, 1)

    @abstractmethod
    def _filter(self, noisy: Array, setting: float) -> Array: ...


class MedianFilter(Filter):
    """The median of a square neighborhood. Tukey, Exploratory data analysis, 1977; implemented by SciPy."""

    title, setting_name = "Median filter", "side"
    settings = (0, 3, 5, 7, 9, 11)

    def _filter(self, noisy: Array, setting: float) -> Array:
        return _as_array(ndimage.median_filter(noisy, size=(1, 1, int(setting), int(setting))))


class GaussianFilter(Filter):
    """Convolution with a Gaussian kernel; implemented by SciPy."""

    title, setting_name = "Gaussian filter", "sigma"
    settings = (0, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2)

    def _filter(self, noisy: Array, setting: float) -> Array:
        return _as_array(ndimage.gaussian_filter(noisy, sigma=(0, 0, setting, setting)))


class TotalVariationFilter(Filter):
    """Total variation denoising: the image with the least total variation near the noisy one.

    Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, 1992; Chambolle's algorithm
    (2004), implemented by scikit-image.
    """

    title, setting_name = "Total variation", "weight"
    settings = (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.6)

    def _filter(self, noisy: Array, setting: float) -> Array:
        from skimage.restoration import denoise_tv_chambolle

        return _denoise_each(noisy, lambda x: denoise_tv_chambolle(x, weight=setting, max_num_iter=50, channel_axis=0))


class NonLocalMeansFilter(Filter):
    """A weighted mean of pixels with similar neighborhoods.

    Buades, Coll and Morel, A non-local algorithm for image denoising, CVPR 2005; implemented by scikit-image.
    """

    title, setting_name = "Non-local means", "h"
    settings = (0, 0.05, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.45)

    def _filter(self, noisy: Array, setting: float) -> Array:
        from skimage.restoration import denoise_nl_means

        def denoise_image(x: Array) -> Any:
            # Gray images without a channel axis: with one channel scikit-image compares other patches.
            image, channel_axis = (x[0], None) if len(x) == 1 else (x, 0)
            return denoise_nl_means(
                image, h=setting, patch_size=5, patch_distance=7, fast_mode=True, channel_axis=channel_axis
            )

        return _denoise_each(noisy, denoise_image)


class PCAFilter(Filter):
    """Projection onto the first principal components of clean images."""

    title, setting_name = "PCA", "components"
    settings: tuple[float, ...] = (0, 4, 8, 16, 32, 64, 96, 128, 192, 256, 512)

    def __init__(self, pca: PCA) -> None:
        self.pca = pca
        self.settings = tuple(k for k in self.settings if pca.clamp_components(int(k)) == k)

    def label(self, setting: float) -> str:
        return f"{setting:g} components" if setting else "unchanged"

    def denoise(self, noisy: Tensor, setting: float) -> Tensor:
        return self.pca.reconstruct(noisy, int(setting)).clamp(0, 1) if setting else noisy

    def _filter(self, noisy: Array, setting: float) -> Array:
        raise NotImplementedError


def classical_filters(pca: PCA) -> tuple[Filter, ...]:
    """Return all filters.

    Args:
        pca: fitted on clean images.
    """
    return MedianFilter(), GaussianFilter(), TotalVariationFilter(), NonLocalMeansFilter(), PCAFilter(pca)


def tune(method: Filter, clean: Tensor, noisy: Tensor) -> float:
    """Find the setting with the highest mean PSNR; of equally good settings, the weakest.

    For PCA, images outside its training set give a fairer setting.

    Args:
        method: the filter to tune.
        clean: (N, C, H, W) in [0, 1].
        noisy: the same images with noise, (N, C, H, W).
    """
    if torch.equal(clean, noisy):
        return method.settings[0]  # the best possible PSNR, without a search
    return max(method.settings, key=lambda s: float(psnr_per_image(clean, method.denoise(noisy, s)).mean()))


def _denoise_each(images: Array, denoise_image: Callable[[Array], Any]) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):  # total variation divides by zero on a constant image
        denoised = [denoise_image(image).reshape(image.shape) for image in images]
    return np.nan_to_num(_as_array(np.stack(denoised)))


def _as_array(values: Any) -> Array:
    return np.asarray(values, np.float32)
