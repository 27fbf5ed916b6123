"""Closes the sidebar on a narrow screen, where it lies over the page, when a link in it is followed."""

from __future__ import annotations

from pages.parts.components import load

_component = load("sidebar_closer")


def sidebar_closer() -> None:
    """Watch the links of the sidebar; it shows nothing."""
    _component(key="sidebar-closer", data={})
