"""Pictures judged by a model of normal ones: where its reconstruction fails, at the picture's own resolution.

A picture that is larger than a model's input is judged in patches that overlap, and their maps are averaged. The score
of a picture is the largest value of its map, so that one small defect in a large picture counts. For this task see
Bergmann et al., MVTec AD, CVPR 2019, and Roth et al., Towards total recall in industrial anomaly detection, CVPR 2022.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from aecore.data.own import Picture
from aecore.evaluation.anomaly.detection import smallest_rate
from aecore.evaluation.anomaly.scores import Reconstruct, reconstruction_error_maps
from aecore.images.patches import PATCH_SIDE, assemble
from aecore.images.prepare import Size

SPOT = 7  # pixels: side of the squares over which the error is averaged; smaller spots are noise
RATES = (0.01, 0.02, 0.05, 0.1, 0.2)  # false-alarm rates to choose from

Map: TypeAlias = NDArray[np.float64]

#: The score as LaTeX: the overline is the mean over overlapping patches, p a pixel of the picture.
FORMULA = rf"\max_p \; \big(k_{{{SPOT} \times {SPOT}}} * \overline{{(k_{{3 \times 3}} * (x - \hat{{x}}))^2}}\big)_p"


def picture_map(reconstruct: Reconstruct, picture: Picture) -> Map:
    """Compute where a picture differs from its reconstruction: squared error per pixel and channel, (H, W).

    Args:
        reconstruct: of the model's input, such as `Autoencoder.reconstruct`.
        picture: from `OwnImages.picture` or `OwnImages.held_out_pictures`.
    """
    maps = reconstruction_error_maps(reconstruct, picture.images)[:, None] / picture.images.shape[1]  # (P, 1, s, s)
    maps = F.interpolate(maps, (PATCH_SIDE, PATCH_SIDE), mode="bilinear")
    whole = torch.from_numpy(assemble(maps[:, 0].cpu().numpy(), picture.size))[None, None]
    spots = F.avg_pool2d(whole, SPOT, 1, SPOT // 2, count_include_pad=False)
    return np.asarray(spots[0, 0])


def picture_score(error_map: Map) -> float:
    """Return the anomaly score of a picture: the largest value of its map."""
    return float(error_map.max())


def attainable_rates(held_out: int) -> tuple[float, ...]:
    """Return those of `RATES` that so many held-out pictures can promise, and before them the smallest that they can.

    A rate whose threshold is that of a smaller one is left out.
    """
    by_rank: dict[int, float] = {}
    for rate in (max(smallest_rate(held_out), RATES[0]), *RATES):
        rank = math.floor(rate * (held_out + 1) + 1e-9)  # of the threshold, from the largest score down
        if rank:
            by_rank.setdefault(rank, rate)
    return tuple(by_rank.values())


def heat(error_map: Map, held_out: Iterable[float]) -> Map:
    """Scale a map to [0, 1) for display: 0 up to half of the largest held-out score, 0.5 at that score.

    The scale depends on the held-out normal pictures only, so a normal picture has no bright spots. Above, the map
    approaches 1, so that differences stay visible in a picture that is wrong everywhere.
    """
    half = max(*held_out, 1e-12) / 2
    return np.clip(1 - half / np.maximum(error_map, half), 0, 1)


def enlarged(error_map: Map, size: Size) -> Map:
    """Interpolate a map (h, w) to another size (H, W), that of the picture on the screen."""
    if error_map.shape == size:
        return error_map
    return np.asarray(F.interpolate(torch.from_numpy(error_map)[None, None], size, mode="bilinear")[0, 0])
