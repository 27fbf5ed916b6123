"""Lossless compression of images by bits-back coding with a variational autoencoder and an 8-bit likelihood."""
