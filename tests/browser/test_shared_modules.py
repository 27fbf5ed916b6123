"""The modules that the browser components share, without the app."""

from __future__ import annotations

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


ASKING = """async (source) => {
    document.body.innerHTML = "<div data-testid='stApp'></div>";
    const { watch } = await import(source);
    const mayAsk = watch("a-run", new AbortController().signal, () => {});
    const scriptIs = (state) => (document.body.firstChild.dataset.testScriptState = state);
    return ["running", "notRunning", "notRunning"].map((state) => scriptIs(state) && mayAsk("stopped"));
}"""


def module(name: str) -> str:
    return data_url(bundle(FOLDER / "shared" / name).encode(), "text/javascript;charset=utf-8")


def test_a_call_that_newer_data_overtook_does_not_end_the_component(page: Page) -> None:
    log = page.evaluate(CALLS, module("component.js"))
    assert log == ["start 1", "update 2", "update 3", "click", "update 4", "update 5", "end"]


def test_a_live_view_asks_once_for_a_script_run_and_not_while_one_is_in_progress(page: Page) -> None:
    assert page.evaluate(ASKING, module("live.js")) == [False, True, False]
