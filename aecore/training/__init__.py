"""Training: the `train` generator, the trainer, the loss, initialization and diagnostics."""
