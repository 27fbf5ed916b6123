"""Configuration: the definition of a run, recipes to start from, the reference of all options."""
