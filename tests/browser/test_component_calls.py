"""What `component.js` makes of the calls and cleanups of Streamlit, without the app."""

from __future__ import annotations

from playwright.sync_api import Browser

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


def test_a_call_that_newer_data_overtook_does_not_end_the_component(browser: Browser) -> None:
    page = browser.new_page()
    module = data_url(bundle(FOLDER / "shared" / "component.js").encode(), "text/javascript;charset=utf-8")
    log = page.evaluate(CALLS, module)
    page.close()
    assert log == ["start 1", "update 2", "update 3", "click", "update 4", "update 5", "end"]
