"""Sweeps: one setting, several values, several seeds.

A sweep is a folder `sweeps/<id>` among the run folders, with one file, `sweep.json`: the settings to start from, the
setting that varies, its values and the number of seeds. Its runs are ordinary run folders, whose ids are that of the
sweep and a number; so queue, workers, pages and shell train, show, stop and export them like any other run. Each stores
its own test scores and those of PCA, and the results of the sweep are read from there.
"""
