"""The chart of the Denoise page: its values at the pointer, its legend, and another noise."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from visitor import Visitor


@pytest.fixture
def denoise(visitor: Visitor) -> Visitor:
    visitor.open("/denoise", "starter-5-denoise")
    expect(visitor.main.locator(".psnr-chart canvas")).to_be_visible()
    visitor.drawn()
    return visitor


def test_pointer_shows_the_values_and_settings_of_all_methods(denoise: Visitor) -> None:
    chart = denoise.main.locator(".psnr-chart")
    chart.locator(".u-over").hover()
    tooltip = chart.locator(".tooltip")
    expect(tooltip.locator(".title")).to_contain_text("strength 0.")
    names = chart.locator(".legend button").all_inner_texts()
    assert "This denoiser" in names
    assert tooltip.locator(".name").all_inner_texts() == names
    assert all(value.endswith(" dB") for value in tooltip.locator(".value").all_inner_texts())
    chart.locator(".legend button", has_text="This denoiser").click()
    chart.locator(".u-over").hover()
    expect(tooltip.locator(".name", has_text="This denoiser")).to_have_count(0)


def test_hidden_lines_stay_hidden_for_another_noise_and_the_table_is_shown_whole(denoise: Visitor) -> None:
    chart = denoise.main.locator(".psnr-chart")
    line = chart.locator(".legend button", has_text="Noisy input")
    line.click()
    denoise.main.get_by_text("Salt").first.click()
    expect(chart.locator(".plot")).to_have_attribute("aria-label", re.compile("strength of the noise .Salt"))
    expect(line).to_have_attribute("aria-pressed", "false")
    table = denoise.main.locator(".noise-scores")
    assert table.evaluate("(table) => table.parentElement.scrollWidth <= table.parentElement.clientWidth")


def test_alternative_text_follows_the_noise(denoise: Visitor) -> None:
    plot = denoise.main.locator(".psnr-chart .plot")
    for noise in ("Gaussian", "Salt"):
        denoise.main.get_by_text(noise).first.click()
        expect(plot).to_have_attribute("aria-label", re.compile(f"strength of the noise .{noise}"))
    assert not denoise.page.evaluate("'Plotly' in window")
