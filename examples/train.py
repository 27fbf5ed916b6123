"""Train an autoencoder on MNIST digits and compare it with PCA: python examples/train.py"""

from aecore import recipe, score_model, score_pca, train
from aecore.analysis.pca import fit_pca

changes = {"dataset.kind": "mnist-5k", "bottleneck.latent": 8, "training.length.steps": 160}
config = recipe("quick-start").config().changed(changes)
data = config.dataset.load()

for progress in train(config, data):
    if progress.validation:
        print(f"epoch {progress.epoch:.0f}: validation loss {progress.validation['loss']:.1f} nats per image")

pca = fit_pca(data.training.images.float() / 255)
print(f"Test MSE per pixel: autoencoder {score_model(progress.model, data.test).mse:.4f}")
print(f"                    PCA with 8 components {score_pca(pca, 8, data.test).mse:.4f}")
