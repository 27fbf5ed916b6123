"""Compression with the models of runs: codecs that are stored with a run, and .aez files."""
