from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import torch

from aecore.latent.codes import Explored
from aecore.latent.export import class_counts, mean_picture, to_csv, to_npz


@pytest.fixture
def explored() -> Explored:
    draw = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (6, 1, 4, 4), dtype=torch.uint8, generator=draw)
    codes = torch.randn(6, 3, generator=draw)
    return Explored(images, codes, torch.tensor([0, 1, 2, 1, 1, 0]))


CHOSEN = torch.tensor([1, 2, 4])


def test_csv_holds_number_class_place_and_code(explored: Explored) -> None:
    points = explored.codes[:, :2]
    rows = list(csv.DictReader(io.StringIO(to_csv(explored, CHOSEN, points, ("a", 'b, "c"', "d")).decode())))
    assert [row["number"] for row in rows] == ["2", "3", "5"]
    assert [row["class"] for row in rows] == ['b, "c"', "d", 'b, "c"']
    for row, i in zip(rows, CHOSEN.tolist(), strict=True):
        assert [float(row[f"z{d + 1}"]) for d in range(3)] == pytest.approx(explored.codes[i].tolist(), rel=1e-5)
        assert [float(row[f"map_{d + 1}"]) for d in range(2)] == pytest.approx(points[i].tolist(), rel=1e-5)


def test_csv_without_classes(explored: Explored) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(explored, CHOSEN, explored.codes, ()).decode())))
    assert {row["class"] for row in rows} == {""}


def test_npz_holds_the_pictures_too(explored: Explored) -> None:
    with np.load(
        io.BytesIO(to_npz(explored, 255 - explored.images, CHOSEN, explored.codes[:, :2])), allow_pickle=False
    ) as kept:
        assert kept["number"].tolist() == [2, 3, 5]
        assert kept["label"].tolist() == [1, 2, 1]
        assert np.array_equal(kept["code"], explored.codes[CHOSEN].numpy())
        assert np.array_equal(kept["map"], explored.codes[CHOSEN, :2].numpy())
        assert np.array_equal(kept["image"], explored.images[CHOSEN].numpy())
        assert np.array_equal(kept["reconstruction"], 255 - explored.images[CHOSEN].numpy())


def test_counts_and_mean(explored: Explored) -> None:
    assert class_counts(explored.labels[CHOSEN], 4) == [0, 2, 1, 0]
    black, white = torch.zeros(1, 1, 2, 2, dtype=torch.uint8), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    assert mean_picture(torch.cat([black, white, white])).unique().tolist() == [170]
