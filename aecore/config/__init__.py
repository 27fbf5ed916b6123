"""Configuration: the definition of a run, recipes, and a reference table of all options."""
