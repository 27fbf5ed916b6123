"""The modules that the browser components share, without the app."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from pages.parts.components import FOLDER, bundle, data_url

# Streamlit calls a component for each new data, and cleans up after a call only if it ended after the next one began
# or if the element is gone.
CALLS = """async (source) => {
    const { component } = await import(source);
    const [parentElement, log] = [document.body, []];
    parentElement.innerHTML = "<div class='part'><button></button></div>";
    const call = component(".part", ({ data, find, on, atEnd }) => {
        log.push(`start ${data}`);
        on(find("button"), "click", () => log.push("click"));
        atEnd(() => log.push("end"));
        return (next) => log.push(`update ${next}`);
    });
    call({ data: 1, parentElement });
    const overtaken = call({ data: 2, parentElement });
    call({ data: 3, parentElement });
    overtaken();
    parentElement.querySelector("button").click();
    call({ data: 4, parentElement })();
    const newest = call({ data: 5, parentElement });
    parentElement.replaceChildren();
    newest();
    newest();
    return log;
}"""


#: Positions of the snapshots of each run, and the stops of the wall's slider: a value, and what each run shows there.
STOPS = {
    "one run": ([[1, 5]], [(1, [0]), (5, [1])]),
    "equal positions": ([[1, 5], [1, 5]], [(1, [0, 0]), (5, [1, 1])]),
    "another spacing": ([[1, 4], [1, 2, 6]], [(1, [0, 0]), (2, [0, 1]), (4, [1, 1]), (6, [1, 2])]),
    "one begins later": ([[1, 2], [3]], [(1, [0, 0]), (2, [1, 0]), (3, [1, 0])]),
    "two snapshots at one position": ([[0.0, 0.0, 1.0]], [(0, [1]), (1, [2])]),
    "numbers, not texts": ([[2, 10, 100]], [(2, [0]), (10, [1]), (100, [2])]),
}
STOPS_OF = """async ([source, positions]) => {
    const { stopsOf } = await import(source);
    const runs = positions.map((values) => ({ snapshots: values.map((step) => ({ step })) }));
    return stopsOf(runs, "step").map(({ value, shown }) => [value, shown]);
}"""

ASKING = """async (source) => {
    document.body.innerHTML = "<div data-testid='stApp'></div>";
    const { watch } = await import(source);
    const mayAsk = watch("a-run", new AbortController().signal, () => {});
    const scriptIs = (state) => (document.body.firstChild.dataset.testScriptState = state);
    return ["running", "notRunning", "notRunning"].map((state) => scriptIs(state) && mayAsk("stopped"));
}"""


def module(name: str, folder: str = "shared") -> str:
    return data_url(bundle(FOLDER / folder / name).encode(), "text/javascript;charset=utf-8")


def test_a_call_that_newer_data_overtook_does_not_end_the_component(page: Page) -> None:
    log = page.evaluate(CALLS, module("component.js"))
    assert log == ["start 1", "update 2", "update 3", "click", "update 4", "update 5", "end"]


def test_a_live_view_asks_once_for_a_script_run_and_not_while_one_is_in_progress(page: Page) -> None:
    assert page.evaluate(ASKING, module("live.js")) == [False, True, False]


@pytest.mark.parametrize(("positions", "stops"), STOPS.values(), ids=STOPS)
def test_each_run_shows_its_last_snapshot_up_to_a_stop(page: Page, positions, stops) -> None:
    found = page.evaluate(STOPS_OF, [module("stops.js", "comparison_wall"), positions])
    assert found == [list(stop) for stop in stops]
