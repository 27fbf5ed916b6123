from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import torch

from aecore.latent.codes import EncodedSet
from aecore.latent.export import class_counts, mean_image, to_csv, to_npz


@pytest.fixture
def encoded() -> EncodedSet:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (6, 1, 4, 4), dtype=torch.uint8, generator=generator)
    codes = torch.randn(6, 3, generator=generator)
    return EncodedSet(images, codes, torch.tensor([0, 1, 2, 1, 1, 0]))


SELECTED = torch.tensor([1, 2, 4])


def test_csv_has_number_class_map_coordinates_and_code(encoded: EncodedSet) -> None:
    points = encoded.codes[:, :2]
    rows = list(csv.DictReader(io.StringIO(to_csv(encoded, SELECTED, points, ("a", 'b, "c"', "d")).decode())))
    assert [row["number"] for row in rows] == ["2", "3", "5"]
    assert [row["class"] for row in rows] == ['b, "c"', "d", 'b, "c"']
    for row, i in zip(rows, SELECTED.tolist(), strict=True):
        assert [float(row[f"z{d + 1}"]) for d in range(3)] == pytest.approx(encoded.codes[i].tolist(), rel=1e-5)
        assert [float(row[f"map_{d + 1}"]) for d in range(2)] == pytest.approx(points[i].tolist(), rel=1e-5)


def test_csv_without_class_names(encoded: EncodedSet) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(encoded, SELECTED, encoded.codes, ()).decode())))
    assert {row["class"] for row in rows} == {""}


def test_npz_has_images_and_reconstructions(encoded: EncodedSet) -> None:
    with np.load(
        io.BytesIO(to_npz(encoded, 255 - encoded.images, SELECTED, encoded.codes[:, :2])), allow_pickle=False
    ) as arrays:
        assert arrays["number"].tolist() == [2, 3, 5]
        assert arrays["label"].tolist() == [1, 2, 1]
        assert np.array_equal(arrays["code"], encoded.codes[SELECTED].numpy())
        assert np.array_equal(arrays["map"], encoded.codes[SELECTED, :2].numpy())
        assert np.array_equal(arrays["image"], encoded.images[SELECTED].numpy())
        assert np.array_equal(arrays["reconstruction"], 255 - encoded.images[SELECTED].numpy())


def test_class_counts_and_mean_image(encoded: EncodedSet) -> None:
    assert class_counts(encoded.labels[SELECTED], 4) == [0, 2, 1, 0]
    black, white = torch.zeros(1, 1, 2, 2, dtype=torch.uint8), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    assert mean_image(torch.cat([black, white, white])).unique().tolist() == [170]
