"""Train on your own array of shape (N, features), here 8 x 8 digits: python examples/own_arrays.py"""

from sklearn.datasets import load_digits

from aecore import recipe, score_model, score_pca, train
from aecore.analysis.pca import fit_pca
from aecore.data.vectors import Vectors

array = load_digits().data / 16  # (1797, 64)
dataset, data = Vectors.from_array(array, validation=300)  # the last rows, which are the test rows too
changes = {
    "network.widths": [128],
    "bottleneck.kind": "linear",
    "bottleneck.latent": 8,
    "training.length.epochs": 20,
    "training.batch_size": 64,
    "training.learning_rate": 5e-3,
}
config = recipe("vectors").config(dataset).changed(changes)
*_, last = train(config, data)

pca = fit_pca(data.training.images)
print(f"Test MSE per feature: autoencoder {score_model(last.model, data.test).mse:.4f}")
print(f"                      PCA with 8 components {score_pca(pca, 8, data.test).mse:.4f}")
codes = last.model.encode(data.test.images)  # (300, 8)
