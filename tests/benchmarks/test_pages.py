"""The benchmark of the pages: its clock, its table, and each of its measures once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from benchmarks.pages import report
from benchmarks.pages.__main__ import parse_arguments
from benchmarks.pages.browser import TIMING, find_browser, running_browser
from benchmarks.pages.measures import GROUPS

needs_browser = pytest.mark.skipif(
    find_browser() is None and not os.environ.get("CI"), reason="No Chromium or Chrome was found on PATH."
)

BUTTON = """<button onclick="setTimeout(() => {
    const host = document.body.appendChild(document.createElement('div'));
    host.attachShadow({ mode: 'open' }).innerHTML = '<p>shown</p>';
    setTimeout(() => host.shadowRoot.firstChild.className = 'late', 300);
}, 200)">Press</button>"""


@pytest.fixture
def page() -> Iterator[Page]:
    with running_browser() as browser:
        page = browser.new_page()
        page.add_init_script(TIMING)
        page.goto("data:text/html,<p>")
        page.set_content(BUTTON)
        page.evaluate(TIMING)  # the content replaces the document
        yield page


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize(
    ("begin", "shortest"),
    [
        ("begin('click', () => timing.one('p')?.textContent === 'shown')", 200),
        ("begin('click', () => timing.one('p.late'))", 500),
        ("beginLast('click', () => timing.one('p')?.className, 400)", 500),
    ],
)
def test_the_time_is_that_of_the_browser_from_the_click_on(page: Page, begin: str, shortest: float) -> None:
    page.evaluate(f"timing.{begin}")
    page.wait_for_timeout(300)  # does not count
    page.get_by_role("button").click()
    assert shortest <= page.evaluate("timing.done()") < shortest + 250


@needs_browser
@pytest.mark.browser
def test_each_measure_once() -> None:
    command = [sys.executable, "-m", "benchmarks.pages", "--only", "start", *GROUPS, "--state", "idle"]
    command += ["--starts", "1", "--repetitions", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=280)
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")][2:]
    assert [row[0] for row in rows[2:]] == [measure.name for group in GROUPS.values() for measure in group]
    assert all(float(row[2].split(" / ")[0].replace(",", "")) > 0 for row in rows)


def test_rows_of_the_table() -> None:
    row = report.row("reload", "the page", [100.0, 300.0, 200.0], [], (300.0, 800.0))
    assert row == "| reload | the page | 200 / 300 | – | 300 / 800 |"
    row = report.slowdown_row([(100.0, 90.0), (100.0, 80.0), (200.0, 190.0)], batch=10)
    assert "1,000 / 900 (10.0% slower)" in row


def test_an_unknown_measure_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--only", "everything"])
    assert "--only" in capsys.readouterr().err
