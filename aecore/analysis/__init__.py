"""Analysis: pure functions of arrays."""
