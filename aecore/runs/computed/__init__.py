"""What is computed from a run: once, in a separate process, and stored with the run."""
