"""Comparison of several runs: their snapshots on a common axis, the images they share, and their scores."""
