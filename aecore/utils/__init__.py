"""Utilities that know nothing of autoencoders: files, tensors on disk, settings, memory, precision."""
