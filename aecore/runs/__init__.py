"""Runs: their folders (store), the process that trains one (worker) and the queue."""
