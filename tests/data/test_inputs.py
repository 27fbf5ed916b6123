"""What a caller may give to training, models and evaluation: one rule, checked at one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aecore.analysis.pca import fit_pca
from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import Data, Split
from aecore.data.inputs import as_codes, as_examples
from aecore.data.vectors import Vectors
from aecore.errors import IncompatibleSettings, InvalidInput
from aecore.evaluation.denoising import denoise
from aecore.evaluation.outliers import encode_images
from aecore.evaluation.scores import reconstruct, score_model, score_pca
from aecore.latent.codes import decoder, encode_dataset
from aecore.models.autoencoder import Autoencoder
from aecore.training.train import train

IMAGE, VECTOR = (1, 4, 6), (3,)
PIXELS = np.random.default_rng(0).permutation(np.linspace(0, 255, 5 * 24).astype(np.uint8)).reshape(5, *IMAGE)
FLOATS = (PIXELS / 255).astype(np.float32)
ROWS = np.random.default_rng(0).normal(0, 30, (5, *VECTOR)).astype(np.float32)


@pytest.mark.parametrize(
    ("given", "shape", "expected"),
    [
        (PIXELS, IMAGE, PIXELS),
        (torch.from_numpy(PIXELS), IMAGE, PIXELS),
        (PIXELS.astype(np.int64), IMAGE, PIXELS),
        (torch.from_numpy(PIXELS).int(), IMAGE, PIXELS),
        (PIXELS.astype(">u2"), IMAGE, PIXELS),
        (PIXELS[::-1], IMAGE, PIXELS[::-1]),
        (PIXELS.tolist(), IMAGE, PIXELS),
        (FLOATS, IMAGE, FLOATS),
        (FLOATS.astype(np.float64), IMAGE, FLOATS),
        (torch.from_numpy(FLOATS).double().requires_grad_(), IMAGE, FLOATS),
        (FLOATS.astype(">f8"), IMAGE, FLOATS),
        (np.asfortranarray(FLOATS)[:, :, ::-1], IMAGE, FLOATS[:, :, ::-1]),
        (torch.from_numpy(PIXELS > 99), IMAGE, (PIXELS > 99).astype(np.float32)),
        (FLOATS * 1.0005, IMAGE, FLOATS * np.float32(1.0005)),
        (FLOATS[:0], IMAGE, FLOATS[:0]),
        (ROWS, VECTOR, ROWS),
        (ROWS.astype(np.float64), VECTOR, ROWS),
        (torch.from_numpy(ROWS), VECTOR, ROWS),
        (torch.from_numpy(ROWS).to_sparse(), VECTOR, ROWS),
        (ROWS.astype(np.int8), VECTOR, ROWS.astype(np.int8).astype(np.float32)),
        (np.full((5, 3), 200, np.uint8), VECTOR, np.full((5, 3), 200, np.float32)),
        (ROWS.tolist(), VECTOR, ROWS),
    ],
)
def test_converts_what_can_be_used(given: Any, shape: tuple[int, ...], expected: np.ndarray) -> None:
    examples = as_examples(given, shape)
    assert not examples.requires_grad
    assert examples.dtype == (torch.uint8 if expected.dtype == np.uint8 else torch.float32)
    assert torch.equal(examples, torch.from_numpy(expected.copy()))


def with_value(value: float, array: np.ndarray = FLOATS) -> np.ndarray:
    changed = array.copy()
    changed[2, ..., 0] = value
    return changed


@pytest.mark.parametrize(
    ("given", "shape", "message"),
    [
        (
            PIXELS.astype(np.float32),
            IMAGE,
            r"values from 0 to 255; floats must be 0 to 1: divide them by 255, or give",
        ),
        (FLOATS * 2 - 1, IMAGE, "values from -1 to .*; floats must be 0 to 1: undo their normalization or clamp them"),
        (PIXELS.astype(np.int64) * 257, IMAGE, r"values from 0 to 65535; whole numbers must be 0 to 255"),
        (PIXELS.astype(np.int64) - 1, IMAGE, "values from -1 to 254; whole numbers must be 0 to 255"),
        (with_value(np.nan), IMAGE, "1 of the 5 images contain NaN or infinity; remove or replace them"),
        (with_value(np.inf), IMAGE, "1 of the 5 images contain NaN"),
        (with_value(-np.inf, ROWS), VECTOR, "1 of the 5 vectors contain NaN"),
        (with_value(1e300, ROWS.astype(np.float64)), VECTOR, "1 of the 5 vectors contain NaN or infinity"),
        (PIXELS.transpose(0, 2, 3, 1), IMAGE, r"shape \(5, 4, 6, 1\); expected \(N, 1, 4, 6\). Move the channels"),
        (PIXELS[:, 0], IMAGE, r"shape \(5, 4, 6\); .* Add the missing axes: `x\[:, None\]`"),
        (PIXELS[0], IMAGE, r"shape \(1, 4, 6\); .* Add an axis for the batch: `x\[None\]`"),
        (PIXELS[0, 0], IMAGE, r"shape \(4, 6\); .* Add the missing axes: `x\[None, None\]`"),
        (PIXELS.reshape(5, 24), IMAGE, r"shape \(5, 24\); .* Reshape them: `x.reshape\(-1, 1, 4, 6\)`"),
        (PIXELS[:, :, :3], IMAGE, r"shape \(5, 1, 3, 6\); expected \(N, 1, 4, 6\)\.$"),
        (ROWS[0], VECTOR, r"shape \(3,\); expected \(N, 3\). Add an axis for the batch"),
        (ROWS[:, :2], VECTOR, r"shape \(5, 2\); expected \(N, 3\)\.$"),
        (3.0, VECTOR, r"shape \(\); expected \(N, 3\)\.$"),
        (None, VECTOR, "have the type object; they must be numbers"),
        ([["a", "b", "c"]], VECTOR, "have the type <U1; they must be numbers"),
        ([[1.0], [1.0, 2.0]], VECTOR, "cannot be converted to one array"),
        (ROWS + 1j, VECTOR, "have the type complex64"),
        (torch.from_numpy(ROWS + 1j), VECTOR, "complex numbers; they must be real"),
    ],
)
def test_refuses_the_rest_with_what_was_given_and_what_was_expected(
    given: Any, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        as_examples(given, shape)


@pytest.mark.parametrize("codes", [np.zeros((2, 5)), torch.full((2, 4), torch.nan), torch.zeros(4), ["a"]])
def test_refuses_codes_of_another_shape_or_not_finite(codes: Any) -> None:
    with pytest.raises(InvalidInput, match="codes"):
        as_codes(codes, (4,))


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (PIXELS, np.zeros(4), r"labels have the shape \(4,\) and the images \(5, 1, 4, 6\); give one whole number"),
        (PIXELS, np.eye(5), r"labels have the shape \(5, 5\)"),
        (PIXELS, ["a"] * 5, "labels have the type <U1"),
        (PIXELS, [0.0, 1.0, np.nan, 1.0, 0.0], "labels contain NaN, infinity or fractions"),
        (PIXELS, [0.0, 1.0, 0.5, 1.0, 0.0], "labels contain NaN, infinity or fractions"),
        (None, None, "images have the type object"),
    ],
)
def test_split_refuses_what_does_not_fit(images: Any, labels: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Split(images, labels)


def test_split_takes_arrays_and_no_labels() -> None:
    assert Split(PIXELS).labels.tolist() == Split(PIXELS, None).labels.tolist() == [0] * 5
    labels = Split(PIXELS, np.arange(5, dtype=np.uint8)).labels
    assert (labels.dtype, labels.tolist()) == (torch.int64, [0, 1, 2, 3, 4])


def with_images(data: Data, change: Callable[[Tensor], Any]) -> Data:
    return replace(
        data, **{name: Split(change(getattr(data, name).images)) for name in ("training", "validation", "test")}
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images.numpy(),
        lambda images: images.long(),
        lambda images: images.float() / 255,
        lambda images: images.numpy() / 255,
    ],
    ids=["NumPy", "int64", "float32", "float64"],
)
def test_trains_and_scores_alike_on_every_type(change: Callable[[Tensor], Any], small: RunConfig, digits: Data) -> None:
    def results(data: Data) -> list[float]:
        training = train(small, data)
        first, second = next(training), next(training)
        assert second.preview().shape == (10, 1, 28, 28)
        scores = score_model(second.model, data.test)
        evaluated = second.evaluate(data.test.images)
        return [first.losses["loss"], second.losses["loss"], scores.mse, scores.bce or 0, evaluated["loss"]]

    unlabeled = with_images(digits, lambda images: images)
    assert results(with_images(digits, change)) == pytest.approx(results(unlabeled), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda images: images.float(), "training images have values from 0 to 255; floats must be 0 to 1"),
        (lambda images: images.movedim(1, -1), r"training images have the shape \(1000, 28, 28, 1\)"),
        (lambda images: images[:, 0], r"training images have the shape \(1000, 28, 28\)"),
        (lambda images: images.float() / 0, "training images contain NaN or infinity"),
        (lambda images: images[:0], "There are no training images"),
    ],
)
def test_training_refuses_images_that_do_not_fit(
    change: Callable[[Tensor], Any], message: str, small: RunConfig, digits: Data
) -> None:
    with pytest.raises(InvalidInput, match=message):
        next(train(small, with_images(digits, change)))


def test_training_refuses_vectors_that_are_not_standardized() -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([rng.normal(40, 10, 100), rng.normal(50_000, 10_000, 100)], axis=1)  # age and salary
    dataset, data = Vectors.from_array(rows)
    config = recipe("vectors").config(dataset).changed({"bottleneck.kind": "variational"})
    with pytest.raises(InvalidInput, match=r"values up to \d\d,.* \(feature 2\), .* standardize each feature"):
        next(train(config, data))
    dataset, data = Vectors.from_array((rows - rows.mean(0)) / rows.std(0))
    assert next(train(config, data)).losses["loss"] < 100


@pytest.mark.parametrize(
    ("changes", "count", "message"),
    [
        ({"network.norm": "batch", "training.batch_size": 50}, 51, "51 images in batches of 50 leave a batch of one"),
        ({"training.stopping.kind": "early"}, 0, r"Early stopping .* needs validation images"),
        ({"training.schedule.kind": "plateau"}, 0, r"Schedule .* needs validation images"),
    ],
)
def test_training_refuses_data_whose_number_does_not_fit(
    changes: dict[str, Any], count: int, message: str, small: RunConfig, digits: Data
) -> None:
    split = "training" if count else "validation"
    data = replace(digits, **{split: Split(digits.training.images[:count])})
    with pytest.raises(IncompatibleSettings, match=message):
        list(train(small.changed(changes), data))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, d: next(train(c, d.training)), "`data` is of type Split; expected Data: three splits"),
        (lambda c, d: next(train(c, None)), "`data` is None; expected Data"),
        (lambda c, d: next(train(recipe("vae"), d)), "`config` is of type Recipe; expected RunConfig"),
        (lambda c, d: next(train(c, d, device="cudo")), "'cudo' does not exist on this machine; possible values are"),
        (lambda c, d: next(train(c, d)).evaluate(PIXELS[:0].reshape(0, 1, 28, 28)), "There are no examples"),
        (lambda c, d: score_model(c.build_model(), d.test.images), "`split` is of type Tensor; expected Split"),
        (lambda c, d: score_model(c.build_model(), d.test.take(torch.arange(0))), "There are no examples"),
        (lambda c, d: score_pca(None, 3, d.test), "`pca` is None; expected PCA"),
        (lambda c, d: score_pca(fit_pca(PIXELS), 3, d.test), "PCA was fitted to examples of 24 values"),
        (lambda c, d: encode_dataset(c.build_model(), d.test), "`data` is of type Split; expected Data"),
    ],
)
def test_arguments_of_another_type_are_named(
    call: Callable[[RunConfig, Data], object], message: str, small: RunConfig, digits: Data
) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(small, digits)


DOORS: dict[str, Callable[[Autoencoder, Any], object]] = {
    "encode": lambda model, x: model.encode(x),
    "reconstruct": lambda model, x: model.reconstruct(x),
    "score_model": lambda model, x: score_model(model, Split(x)),
    "encode_dataset": lambda model, x: encode_dataset(model, Data(Split(x), Split(x), Split(x), ())),
    "scores.reconstruct": reconstruct,
    "denoise": denoise,
    "encode_images": encode_images,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "images",
    [np.full((3, 1, 28, 28), 255.0), np.zeros((3, 28, 28, 1)), np.zeros((3, 28, 28)), np.full((3, 1, 28, 28), np.nan)],
    ids=["0 to 255", "channels last", "no channel", "NaN"],
)
def test_every_function_of_a_model_refuses_wrong_images(door: str, images: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        DOORS[door](RunConfig().build_model(), images)


@pytest.mark.parametrize("door", [door for door in DOORS if door != "score_model"])
def test_no_images_give_no_results(door: str) -> None:
    result = DOORS[door](RunConfig().build_model(), np.zeros((0, 1, 28, 28), np.uint8))
    assert len(getattr(result, "errors", result)) == 0


def test_decoder_refuses_codes_of_another_length() -> None:
    model = RunConfig().build_model()  # 16 latent dimensions: codes of 8 would be read as half as many codes
    with pytest.raises(InvalidInput, match=r"shape \(4, 8\); expected \(N, 16\)"):
        decoder(model)(torch.zeros(4, 8))
