"""Utilities independent of autoencoders: files, tensors on disk, settings, memory, precision."""
