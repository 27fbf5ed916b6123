"""The files of a run's folder: their names, their forms, and how they are read and written."""
