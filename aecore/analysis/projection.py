"""Projections of codes onto maps of two or three axes."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse.linalg import svds
from torch import Tensor

from aecore.analysis.neighbors import exact_distances
from aecore.errors import MissingDependency

Progress = Callable[[float], None]  # called with the completed fraction, from 0 to 1


@dataclass(frozen=True)
class Projected:
    """Codes on a map. On a map with axes in latent space, each point corresponds to a code."""

    points: Tensor  # (N, k)
    axes: Tensor | None = None  # (k, D), orthonormal (the second is 0 for a 1D code); None if not invertible
    explained_variance_ratio: tuple[float, ...] = ()  # per axis; empty for nonlinear projections

    def plane_origin(self, code: Tensor) -> Tensor:
        """Compute the origin (D,) of the plane along the axes that contains a code (D,).

        Raises:
            ValueError: the map has no axes.
        """
        if self.axes is None:
            raise ValueError("This map has no axes in latent space; use PCA or latent dimensions.")
        return code - (code @ self.axes.T) @ self.axes

    def blend(self, codes: Tensor, points: Tensor, neighbors: int = 6) -> Tensor:
        """Interpolate codes at points of a map that is not invertible: the nearest codes, weighted by 1 / d^2.

        Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968.

        Args:
            codes: (N, D), those of the map.
            points: (M, k), coordinates on the map.
            neighbors: number of codes to blend.

        Returns:
            Codes (M, D).
        """
        found = exact_distances(points, self.points).topk(min(neighbors, len(codes)), largest=False)
        weights = 1 / found.values.clamp(min=1e-6).square()  # (M, neighbors)
        weights = weights / weights.sum(dim=1, keepdim=True)
        return torch.einsum("mn,mnd->md", weights, codes[found.indices])


class Projection(ABC):
    """A dimensionality reduction method."""

    kind: ClassVar[str]
    title: ClassVar[str]
    caution: ClassVar[str] = ""  # how distances on the map can mislead
    slow: ClassVar[bool] = False  # whether thousands of codes take more than a second

    def missing(self) -> str:
        """Say which package must be installed first; empty if none."""
        return ""

    @abstractmethod
    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        """Project codes (N, D) onto a map.

        Args:
            codes: (N, D).
            axes: number of axes, 2 or 3, at most D.
            seed: of the initialization; the same seed gives the same map.
            progress: called with the completed fraction.

        Raises:
            MissingDependency: the method needs a package that is not installed.
            ValueError: the method needs codes that differ, and all are equal.
        """


class PCAProjection(Projection):
    """Principal component analysis. Hotelling 1933; SciPy's partial SVD, which is exact for the first components."""

    kind, title = "pca", "PCA"

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        centered = (codes - codes.mean(dim=0)).numpy()
        rank = min(codes.shape)
        if all_codes_equal(codes):  # no direction has any variance
            return Projected(codes[:, :axes], torch.eye(codes.shape[1], dtype=codes.dtype)[:axes], (0.0,) * axes)
        if axes < rank:
            start = np.random.default_rng(seed).standard_normal(rank)
            _, singular, components = svds(centered, axes, v0=start, solver="arpack")
        else:
            _, singular, components = np.linalg.svd(centered, full_matrices=False)
        order = np.argsort(-singular)[:axes]
        components, singular = components[order], singular[order]
        if len(components) < axes:  # fewer codes than axes
            components = np.linalg.qr(np.vstack([components, np.eye(axes, codes.shape[1])]).T)[0].T[:axes]
            singular = np.pad(singular, (0, axes - len(singular)))
        # The sign of a component is arbitrary; its largest entry is made positive.
        components = (
            components * np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])[:, None]
        )
        directions = torch.from_numpy(np.ascontiguousarray(components)).to(codes.dtype)
        ratios = singular**2 / max(float((centered.astype(np.float64) ** 2).sum()), 1e-12)
        # Not centered, so that the coordinates of a point are the code's own components along the axes.
        return Projected(codes @ directions.T, directions, tuple(map(float, ratios)))


class DimensionsProjection(Projection):
    """Selected dimensions of the code, by default those with the largest variance."""

    kind, title = "dimensions", "Latent dimensions"

    def __init__(self, indices: tuple[int, ...] = ()) -> None:
        self.indices = indices

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        variances = codes.var(dim=0, correction=0)
        indices = list(self.indices) or variances.topk(min(axes, codes.shape[1])).indices.tolist()
        ratios = (variances[indices] / variances.sum().clamp(min=1e-12)).tolist()
        return Projected(codes[:, indices], torch.eye(codes.shape[1], dtype=codes.dtype)[indices], tuple(ratios))


class TSNE(Projection):
    """t-distributed stochastic neighbor embedding.

    Van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 2008; implemented by scikit-learn.
    """

    kind, title, slow = "t-sne", "t-SNE", True
    caution = (
        "t-SNE preserves neighborhoods. The sizes of clusters and the distances between them carry no meaning; "
        "another seed gives another map."
    )

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        from sklearn import manifold  # takes seconds to import

        require_distinct_codes(codes)
        perplexity = min(30.0, (len(codes) - 1) / 3)
        method = manifold.TSNE(
            axes, perplexity=perplexity, init="pca", random_state=seed, n_jobs=torch.get_num_threads(), verbose=2
        )
        with contextlib.redirect_stdout(_ProgressReader(progress, r"Iteration (\d+)", method.max_iter)):
            return Projected(torch.from_numpy(method.fit_transform(codes.numpy())))


class UMAP(Projection):
    """Uniform manifold approximation and projection, an optional package.

    McInnes, Healy and Melville, UMAP: uniform manifold approximation and projection, 2018; implemented by umap-learn.
    """

    kind, title, slow = "umap", "UMAP", True
    caution = "UMAP preserves neighborhoods. The sizes of clusters and the distances between them carry little meaning."

    def missing(self) -> str:
        if importlib.util.find_spec("umap"):
            return ""
        return "UMAP is not installed. Run `pip install umap-learn` and restart the app."

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        if message := self.missing():
            raise MissingDependency(message)
        import umap

        require_distinct_codes(codes)
        progress_bar = {"file": _ProgressReader(progress, r"(\d+)%", 100)}
        neighbors = min(15, len(codes) - 1)
        method = umap.UMAP(
            n_components=axes, n_neighbors=neighbors, random_state=seed, n_jobs=1, verbose=True, tqdm_kwds=progress_bar
        )  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()), _threads_kept():
            return Projected(torch.from_numpy(method.fit_transform(codes.numpy())))


@contextlib.contextmanager
def _threads_kept() -> Iterator[None]:
    """Restore torch's number of threads; Numba sets its own for all users of the same OpenMP library."""
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


PROJECTIONS: dict[str, Projection] = {p.kind: p for p in (PCAProjection(), DimensionsProjection(), TSNE(), UMAP())}


def all_codes_equal(codes: Tensor) -> bool:
    """Return whether all codes (N, D) are equal, as those of a collapsed model."""
    return bool((codes == codes[0]).all())


def require_distinct_codes(codes: Tensor) -> None:
    """Raise ValueError if all codes (N, D) are equal."""
    if all_codes_equal(codes):
        raise ValueError("All codes of this run are equal, so this map cannot be computed. Select PCA or train again.")


def align_to_last(codes_by_step: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """Project the codes of the same examples at several steps onto the axes of the last step.

    The axes are the latent dimensions for codes of size 1 (see `project_1d`) and 2, otherwise the first two principal
    components of the last step. Steps with codes that are not finite, as after a divergence, are left out.

    Args:
        codes_by_step: codes (N, D) by step.

    Returns:
        Points (N, 2) by step.
    """
    finite = {step: codes for step, codes in codes_by_step.items() if bool(torch.isfinite(codes).all())}
    if not finite:
        return {}
    last = finite[max(finite)]
    size = last.shape[1]
    if size == 1:
        jitter = project_1d(last).points[:, 1:]
        return {step: torch.cat([codes, jitter], dim=1) for step, codes in finite.items()}
    if size == 2:
        return finite
    axes = PCAProjection().project(last, 2).axes
    assert axes is not None
    return {step: codes @ axes.T for step, codes in finite.items()}


def project_1d(codes: Tensor, seed: int = 0) -> Projected:
    """Place codes of size 1, (N, 1), on a map of two axes; the second axis is random jitter without a meaning."""
    jitter = 2 * torch.rand(len(codes), 1, generator=torch.Generator().manual_seed(seed)) - 1
    return Projected(torch.cat([codes, jitter.to(codes.dtype)], dim=1), torch.tensor([[1.0], [0.0]], dtype=codes.dtype))


class _ProgressReader(io.TextIOBase):
    """Reads the progress of a method from what it prints, since it offers no callback."""

    def __init__(self, progress: Progress, pattern: str, total: int) -> None:
        self.progress, self.pattern, self.total = progress, re.compile(pattern), total

    def write(self, text: str) -> int:
        if found := self.pattern.search(text):
            self.progress(min(1.0, int(found[1]) / self.total))
        return len(text)
