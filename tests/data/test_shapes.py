from __future__ import annotations

import torch

from aecore.data.shapes import FACTORS, Shapes, draw_shape


def test_each_combination_of_factors_is_one_image() -> None:
    data = Shapes().load()
    images = torch.cat([data.training.images, data.validation.images, data.test.images])
    assert len(images) == 3 * 4 * 12 * 10 * 10
    assert len(images.flatten(1).unique(dim=0)) == len(images)
    assert torch.bincount(data.test.labels).tolist() == [800, 800, 800]


def test_factors_are_those_of_the_test_images() -> None:
    test, factors = Shapes().load().test, Shapes().test_factors()
    assert factors.shape == (len(test), len(FACTORS))
    assert torch.equal(factors[:, 0], test.labels)
    for i in range(0, len(test), 100):
        row = zip(FACTORS.items(), factors[i].tolist(), strict=True)
        assert torch.equal(draw_shape({name: values[index] for (name, values), index in row}), test.images[i])


def test_classes_can_be_chosen() -> None:
    data = Shapes(classes=(1,)).load()
    assert set(data.training.labels.tolist()) == {1}
    assert torch.equal(data.test.images, Shapes().load().test.images)


def test_a_factor_moves_what_it_names() -> None:
    values = {"shape": 0, "size": 5.0, "angle": 0, "x": 10.0, "y": 14.0}

    def center(**changes: float) -> tuple[float, float]:
        image = draw_shape(values | changes)[0].float()
        positions = torch.arange(28) + 0.5
        return tuple(float((image.sum(dim=d) * positions).sum() / image.sum()) for d in (0, 1))  # type: ignore[return-value]

    def area(**changes: float) -> float:
        return float(draw_shape(values | changes).float().sum() / 255)

    assert round(center(x=14.0)[0] - center()[0], 1) == 4
    assert round(center(y=18.0)[1] - center()[1], 1) == 4
    assert area(size=7.0) / area() > (7 / 5) ** 2 * 0.9
    assert abs(area(angle=90) / area() - 1) < 0.05
    assert not torch.equal(draw_shape(values | {"angle": 180}), draw_shape(values))
