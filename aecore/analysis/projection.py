"""Codes of any size on a map of two or three axes."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse.linalg import svds
from torch import Tensor

from aecore.errors import MissingDependency

Progress = Callable[[float], None]  # told the share that is done, from 0 to 1


@dataclass(frozen=True)
class Projected:
    """Codes on a map. Where the map has axes in latent space, each of its places is a code."""

    points: Tensor  # (N, k)
    axes: Tensor | None = None  # (k, D), orthonormal (of a strip, the second is 0); None where there is no way back
    shares: tuple[float, ...] = ()  # of the codes' variance along each axis, where that says something

    def through(self, code: Tensor) -> Tensor:
        """The origin (D,) of the plane that goes through a code (D,) along the axes.

        Raises:
            ValueError: the map has no axes.
        """
        if self.axes is None:
            raise ValueError("This map has no axes in latent space, so no plane goes along them.")
        return code - (code @ self.axes.T) @ self.axes

    def blend(self, codes: Tensor, places: Tensor, neighbors: int = 6) -> Tensor:
        """Codes (M, D) for places (M, k) of a map without a way back: the nearest codes (N, D), the nearer the more.

        Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968, with weights 1 / d^2.
        """
        found = torch.cdist(places, self.points).topk(min(neighbors, len(codes)), largest=False)
        weights = 1 / found.values.clamp(min=1e-6).square()  # (M, neighbors)
        weights = weights / weights.sum(dim=1, keepdim=True)
        return torch.einsum("mn,mnd->md", weights, codes[found.indices])


class Projection(ABC):
    """One way to draw a map."""

    kind: ClassVar[str]
    title: ClassVar[str]
    caution: ClassVar[str] = ""  # what distances on this map do not say
    slow: ClassVar[bool] = False  # whether it takes more than a moment for thousands of codes

    def missing(self) -> str:
        """What has to be installed first; empty if nothing."""
        return ""

    @abstractmethod
    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        """Codes (N, D) to a map of `axes` (2 or 3, at most D) axes; the same for the same seed.

        Raises:
            MissingDependency: this kind of map needs a package that is not here.
            ValueError: this kind of map needs codes that differ, and all given are the same.
        """


class PrincipalComponents(Projection):
    """The directions in which the codes vary most. Hotelling 1933; by SciPy's partial SVD, exact for those few."""

    kind, title = "pca", "PCA"

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        centered = (codes - codes.mean(dim=0)).numpy()
        least = min(codes.shape)
        if is_one_code(codes):  # every direction is as good
            return Projected(codes[:, :axes], torch.eye(codes.shape[1], dtype=codes.dtype)[:axes], (0.0,) * axes)
        if axes < least:
            start = np.random.default_rng(seed).standard_normal(least)
            _, strengths, found = svds(centered, axes, v0=start, solver="arpack")
        else:
            _, strengths, found = np.linalg.svd(centered, full_matrices=False)
        order = np.argsort(-strengths)[:axes]
        found, strengths = found[order], strengths[order]
        if len(found) < axes:  # of fewer codes than axes
            found = np.linalg.qr(np.vstack([found, np.eye(axes, codes.shape[1])]).T)[0].T[:axes]
            strengths = np.pad(strengths, (0, axes - len(strengths)))
        # A direction is as good as its opposite; its largest share is made positive.
        found = found * np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])[:, None]
        directions = torch.from_numpy(np.ascontiguousarray(found)).to(codes.dtype)
        shares = strengths**2 / max(float((centered.astype(np.float64) ** 2).sum()), 1e-12)
        # Not centered: a place on the map is then a code's own share along the axes.
        return Projected(codes @ directions.T, directions, tuple(map(float, shares)))


class Dimensions(Projection):
    """Some of the code's own numbers."""

    kind, title = "dimensions", "Code dimensions"

    def __init__(self, chosen: tuple[int, ...] = ()) -> None:
        self.chosen = chosen  # empty: the ones that vary most

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        variances = codes.var(dim=0, correction=0)
        chosen = list(self.chosen) or variances.topk(min(axes, codes.shape[1])).indices.tolist()
        shares = (variances[chosen] / variances.sum().clamp(min=1e-12)).tolist()
        return Projected(codes[:, chosen], torch.eye(codes.shape[1], dtype=codes.dtype)[chosen], tuple(shares))


class TSNE(Projection):
    """Keeps neighbors together.

    Van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 2008; by scikit-learn.
    """

    kind, title, slow = "t-sne", "t-SNE", True
    caution = (
        "t-SNE keeps neighbors together. How large a group is, and how far groups lie apart, says nothing; another "
        "seed gives another map."
    )

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        from sklearn import manifold  # seconds of imports, for this map alone

        refuse_one_code(codes)
        perplexity = min(30.0, (len(codes) - 1) / 3)
        method = manifold.TSNE(
            axes, perplexity=perplexity, init="pca", random_state=seed, n_jobs=torch.get_num_threads(), verbose=2
        )
        with contextlib.redirect_stdout(_Told(progress, r"Iteration (\d+)", method.max_iter)):
            return Projected(torch.from_numpy(method.fit_transform(codes.numpy())))


class UMAP(Projection):
    """Keeps neighbors together, and more of the whole.

    McInnes, Healy and Melville, UMAP: uniform manifold approximation and projection, 2018; by umap-learn.
    """

    kind, title, slow = "umap", "UMAP", True
    caution = "UMAP keeps neighbors together; distances between groups, and their sizes, say little."

    def missing(self) -> str:
        if importlib.util.find_spec("umap"):
            return ""
        return "UMAP is an optional part: pip install umap-learn, and start the app again."

    def project(self, codes: Tensor, axes: int, seed: int = 0, progress: Progress = lambda _: None) -> Projected:
        if told := self.missing():
            raise MissingDependency(told)
        import umap

        refuse_one_code(codes)
        bar = {"file": _Told(progress, r"(\d+)%", 100)}  # its own, which is read instead of shown
        neighbors = min(15, len(codes) - 1)
        method = umap.UMAP(
            n_components=axes, n_neighbors=neighbors, random_state=seed, n_jobs=1, verbose=True, tqdm_kwds=bar
        )  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()):
            return Projected(torch.from_numpy(method.fit_transform(codes.numpy())))


PROJECTIONS: dict[str, Projection] = {p.kind: p for p in (PrincipalComponents(), Dimensions(), TSNE(), UMAP())}


def is_one_code(codes: Tensor) -> bool:
    """Whether all codes (N, D) are the same, as those of a model that has died: nothing tells one from another."""
    return bool((codes == codes[0]).all())


def refuse_one_code(codes: Tensor) -> None:
    """Raise ValueError if all codes (N, D) are the same."""
    if is_one_code(codes):
        raise ValueError("All codes of this run are the same, so none is nearer to one than to another.")


def along_the_last(moments: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """Codes (N, D) of the same examples at several moments, by step, on one map of two axes: (N, 2) each.

    Its axes are those of the last moment: its only one (with the second as on a `strip`), its two, or the first two
    principal components. Moments whose codes are not finite numbers, as where a training has diverged, are left out.
    """
    finite = {step: codes for step, codes in moments.items() if bool(torch.isfinite(codes).all())}
    if not finite:
        return {}
    last = finite[max(finite)]
    size = last.shape[1]
    if size == 1:
        apart = strip(last).points[:, 1:]
        return {step: torch.cat([codes, apart], dim=1) for step, codes in finite.items()}
    if size == 2:
        return finite
    axes = PrincipalComponents().project(last, 2).axes
    assert axes is not None
    return {step: codes @ axes.T for step, codes in finite.items()}


def strip(codes: Tensor, seed: int = 0) -> Projected:
    """Codes of a single number (N, 1) on a map of two axes, whose second means nothing: it keeps points apart."""
    apart = 2 * torch.rand(len(codes), 1, generator=torch.Generator().manual_seed(seed)) - 1
    return Projected(torch.cat([codes, apart.to(codes.dtype)], dim=1), torch.tensor([[1.0], [0.0]], dtype=codes.dtype))


class _Told(io.TextIOBase):
    """Reads how far a method is from what it prints, which is all that it tells while it works."""

    def __init__(self, progress: Progress, pattern: str, most: int) -> None:
        self.progress, self.pattern, self.most = progress, re.compile(pattern), most

    def write(self, text: str) -> int:
        if found := self.pattern.search(text):
            self.progress(min(1.0, int(found[1]) / self.most))
        return len(text)
