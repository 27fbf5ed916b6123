"""Training: one generator, its trainer, the loss, initialization, diagnostics."""
