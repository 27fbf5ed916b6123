"""Anomaly detection: a model of normal examples, and how unlike them another example is.

scores      what a trained model says of an example: reconstruction error, ELBO, distance of the code
baselines   the same without an autoencoder: PCA, isolation forest, one-class SVM
detection   how well scores separate anomalous from normal examples, and thresholds
detector    `AnomalyDetector`, a scikit-learn estimator
one_class   the experiment with one class as normal and all others as anomalous
"""
