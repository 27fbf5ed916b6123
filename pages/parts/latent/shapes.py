"""The shapes of classes on maps of codes, because color alone tells too few people the classes apart."""

from __future__ import annotations

SHAPES = (
    "circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star", "circle-open", "square-open",
)  # fmt: skip
#: Plotly has no others on a map with three axes.
SHAPES_3D = ("circle", "square", "diamond", "cross", "x", "diamond-open", "circle-open", "square-open")
