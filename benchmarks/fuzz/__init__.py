"""Random settings, trained for a few steps."""
