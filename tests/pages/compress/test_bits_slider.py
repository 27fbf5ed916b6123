"""What the browser gets for the slider over bits."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from pages.parts.components.bits_slider import Setting, slider_data


def setting(bits: float, psnr: float = 20.0, color: bool = False) -> Setting:
    return Setting(bits, psnr, np.zeros((3, 28, 28, 3 if color else 1), np.uint8), [psnr] * 3)


def test_each_setting_has_its_row_of_the_sheet() -> None:
    data = slider_data(
        np.zeros((3, 28, 28, 1), np.uint8),
        [("Codes", [setting(61.16), setting(16)]), ("PNG", [setting(2207, float("inf"))])],
    )
    codes, png = data["methods"]
    assert [(s["bits"], s["row"]) for s in codes["settings"]] == [(16, 1), (61.2, 2)], "by bits"
    assert png["settings"] == [{"row": 3, "bits": 2207, "psnr": None, "imagePsnr": [None] * 3}]
    assert (data["columns"], data["tile"]) == (3, [28, 28])
    json.dumps(data, allow_nan=False)


@pytest.mark.parametrize(
    ("bits", "ends"),
    [
        ((16, 2207), (16, 2500)),
        ((17, 80), (20, 80)),
        ((6.8, 6.8), (8, 8)),
        ((0.5, 12), (1, 12.5)),
        ((0.0, 0.0), (1, 1)),
    ],
)
def test_stops_are_round_and_reach_every_setting(bits: tuple[float, float], ends: tuple[float, float]) -> None:
    stops = slider_data(np.zeros((3, 28, 28, 1), np.uint8), [("Codes", [setting(b) for b in bits])])["stops"]
    assert (stops[0], stops[-1]) == ends
    assert all(1.2 <= after / before <= 1.3 for before, after in pairwise(stops))


def test_gray_and_color_images_share_a_sheet() -> None:
    assert slider_data(np.zeros((3, 28, 28, 1), np.uint8), [("Codes", [setting(9, color=True)])])["sheet"]
