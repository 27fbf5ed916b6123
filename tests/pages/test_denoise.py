"""The Denoise page."""

from __future__ import annotations

from page_elements import assert_no_error, button

from pages.parts.denoise import controls


def test_images_are_restored_again_only_if_they_change(open_page, train_one, monkeypatch):
    """Whoever comes back to the page, or uses another control of it, does not wait for the same images again."""
    calls = []
    sweep = controls.sweep_strengths
    monkeypatch.setattr(controls, "sweep_strengths", lambda *arguments: calls.append(None) or sweep(*arguments))
    run = train_one({"training.seed": 11})
    app = open_page("pages/denoise.py", run.id)
    assert_no_error(app)
    assert len(calls) == 1
    app.run()
    assert len(open_page("pages/denoise.py", run.id).button) == len(app.button)
    assert len(calls) == 1
    button(app, "Shuffle").click().run()
    assert len(calls) == 2
