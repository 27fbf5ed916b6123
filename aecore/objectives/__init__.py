"""Objectives: what is done to the input (corruptions) and what is added to the loss (penalties)."""
