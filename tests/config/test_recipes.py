from __future__ import annotations

import pytest
from torch import nn

from aecore.analysis.pca import fit_pca
from aecore.config.recipes import RECIPES, recipe
from aecore.data import Mnist, Mnist5k
from aecore.data.pixels import to_float
from aecore.evaluation.scores import score_model, score_pca
from aecore.models.summary import summarize
from aecore.training.train import train


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_a_valid_config_and_an_explanation(name: str) -> None:
    entry = recipe(name)
    assert entry.name == name
    assert entry.title
    assert entry.explanation.endswith(".")
    config = entry.config(entry.dataset or Mnist5k())
    assert config.dataset == (entry.dataset or Mnist5k())
    assert (config.network, config.bottleneck, config.training) == (entry.network, entry.bottleneck, entry.training)
    assert summarize(config.build_model("meta"))


def test_rejects_unknown_name_and_lists_recipes() -> None:
    with pytest.raises(KeyError, match=f"no recipe called 'soup'; possible values are {', '.join(RECIPES)}"):
        recipe("soup")


@pytest.mark.parametrize(("given", "meant"), [("quikstart", "quick-start"), ("VAE", "vae"), ("beta_vae", "beta-vae")])
def test_suggests_a_similar_recipe(given: str, meant: str) -> None:
    with pytest.raises(KeyError, match=rf"Did you mean {meant}\?"):
        recipe(given)


@pytest.mark.usefixtures("full_mnist")
def test_default_dataset_is_the_fullest_available() -> None:
    assert next(iter(RECIPES.values())).config().dataset.kind == "mnist"


#: Weights and biases, layer by layer, counted by hand from the tutorials.
PARAMETERS = {
    "deep-dense": (784 * 128 + 128) + (128 * 64 + 64) + (64 * 32 + 32) + (32 * 10 + 10)
    + (10 * 32 + 32) + (32 * 64 + 64) + (64 * 128 + 128) + (128 * 784 + 784),
    "vectors": (10 * 64 + 64) + (64 * 5 + 5) + (5 * 64 + 64) + (64 * 10 + 10),
    "regularized": (784 * 128 + 128) + (128 * 32 + 32) + (32 * 128 + 128) + (128 * 784 + 784),
    "one-hidden-layer": (784 * 128 + 128) + (128 * 784 + 784),
    "convolutional": (9 * 1 * 32 + 32) + (9 * 32 * 32 + 32) + (9 * 32 * 32 + 32) + (9 * 32 * 32 + 32) + (9 * 32 + 1),
    "vae": (784 * 400 + 400) + 2 * (400 * 20 + 20) + (20 * 400 + 400) + (400 * 784 + 784),
    "deep-hinton": (784 * 1000 + 1000) + (1000 * 500 + 500) + (500 * 250 + 250) + (250 * 30 + 30)
    + (30 * 250 + 250) + (250 * 500 + 500) + (500 * 1000 + 1000) + (1000 * 784 + 784)
    + 2 * (1000 + 500 + 250) + 2 * (500 + 1000),  # a scale and a shift for each normalized unit
    "pca-like": (784 * 30 + 30) + (30 * 784 + 784),
}  # fmt: skip


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_parameter_count_matches_tutorial(name: str, parameters: int) -> None:
    entry = recipe(name)
    assert entry.config(entry.dataset or Mnist5k()).build_model().parameter_count() == parameters


#: The trainings of the tutorials: loss, epochs, batch size, latent shape, activation of the code.
TRAININGS = {
    "deep-dense": ("bce", 50, 256, (10,), nn.Sigmoid),
    "vectors": ("mse", 100, 1, (5,), nn.Sigmoid),
    "regularized": ("mse", 10, 256, (32,), nn.ReLU),
    "one-hidden-layer": ("bce", 100, 256, (128,), nn.ReLU),
    "convolutional": ("mse", 100, 256, (32, 7, 7), None),
}


@pytest.mark.parametrize(("name", "expected"), TRAININGS.items())
def test_training_matches_tutorial(name: str, expected: tuple) -> None:
    entry = recipe(name)
    config = entry.config(entry.dataset or Mnist5k())
    model, training = config.build_model(), config.training
    activation = type(model.bottleneck.activation) if hasattr(model.bottleneck, "activation") else None
    assert (training.loss, training.length.epochs, training.batch_size, config.latent_shape, activation) == expected
    assert (training.optimizer.kind, training.learning_rate) == ("adam", 1e-3)


@pytest.mark.parametrize("name", TRAININGS)
def test_each_tutorial_has_a_faster_training_of_the_same_network(name: str) -> None:
    source, fast = recipe(name), recipe(f"{name}-fast")
    same = ("network", "bottleneck", "corruption", "penalty", "dataset", "small")
    assert [getattr(fast, group) for group in same] == [getattr(source, group) for group in same]
    differing = {key for key, value in fast.training if value != getattr(source.training, key)}
    assert {"optimizer", "schedule"} <= differing <= {"optimizer", "schedule", "learning_rate", "length", "stopping"}
    steps = [
        entry.training.length.total_steps(entry.config(entry.dataset or Mnist()).steps_per_epoch)
        for entry in (fast, source)
    ]
    assert steps[0] <= steps[1] / 5
    assert fast.explanation.startswith("The same network")


def test_quick_start_beats_pca_in_its_first_half() -> None:
    config = recipe("quick-start").config(Mnist5k())
    data = config.dataset.load()
    half = config.training.length.total // 2
    model = next(progress.model for progress in train(config, data) if progress.step == half)
    pca = fit_pca(to_float(data.training.images))
    assert score_model(model, data.test).sse < score_pca(pca, config.latent_size, data.test).sse


def test_regularized_recipe_uses_all_regularization() -> None:
    entry = recipe("regularized")
    training = entry.training
    assert training.l1 > 0
    assert training.weight_decay > 0
    assert entry.network.dropout > 0
    assert training.schedule.kind != "constant"
    assert training.stopping.kind == "early"


def test_linear_recipe_finds_the_subspace_of_pca() -> None:
    """Baldi and Hornik, Neural networks and principal component analysis, 1989."""
    config = recipe("pca-like").config(Mnist5k())
    data = config.dataset.load()
    *_, last = train(config, data)
    pca = fit_pca(to_float(data.training.images))
    model_scores, pca_scores = score_model(last.model, data.test), score_pca(pca, config.latent_size, data.test)
    assert model_scores.sse == pytest.approx(pca_scores.sse, rel=0.02)
    # The decoder's directions lie almost entirely in the span of the principal components.
    directions = last.model.bottleneck.from_code[0].weight.detach().T  # (30, 784)
    directions = directions / directions.norm(dim=1, keepdim=True)
    coefficients = directions @ pca.components[: config.latent_size].T  # (30, 30)
    assert coefficients.square().sum(dim=1).mean() > 0.9
