"""The section Clusters of the Features page: a cluster is named there, and seen on the latent map."""

from __future__ import annotations

from playwright.sync_api import expect
from visitor import Visitor


def test_a_named_cluster_colors_the_map(visitor: Visitor) -> None:
    visitor.open("/features", "starter-3-two&features=Clusters&clusters=3")
    field = visitor.main.get_by_role("textbox", name="Name of cluster 2")
    expect(field).to_be_visible()
    expect(visitor.main.locator(".cluster")).to_have_count(3)
    expect(visitor.main.locator(".st-key-cluster-confusion .textpoint text").first).to_be_visible()
    field.fill("round")
    field.press("Enter")
    expect(visitor.main.locator(".cluster b", has_text="round")).to_be_visible()
    visitor.main.get_by_role("link", name="Show named clusters on the map").click()
    legend = visitor.main.locator(".legendtext")
    expect(legend).to_have_text(["Cluster 1", "round", "Cluster 3"])
    visitor.main.get_by_role("radio", name="Classes").click()
    expect(legend).to_have_count(10)
