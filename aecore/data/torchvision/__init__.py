"""Datasets that torchvision downloads, one file each; `aecore.data` imports them."""
