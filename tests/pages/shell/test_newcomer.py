"""What a newcomer sees: on each page a starter model that fits it, until they select or train one."""

from __future__ import annotations

from page_elements import assert_no_error, fields, page_text, widget

from pages.parts.shell.navigation import PAGES, page_info

FIRST_RUNS = dict.fromkeys((info.path for info in PAGES), "starter-1-quick") | {
    "pages/latent.py": "starter-2-vae", "pages/denoise.py": "starter-5-denoise",
    "pages/compare.py": "starter-3-two", "pages/anomalies.py": "starter-6-eights",
}  # fmt: skip


def test_a_newcomer_sees_the_starter_of_each_page_until_they_select_one(open_page):
    app = open_page("pages/train.py")
    for info in (*PAGES, *reversed(PAGES)):
        app.switch_page(str(info.file)).run()
        assert_no_error(app)
        assert app.session_state["run"] == FIRST_RUNS[info.path]
        assert {link.proto.query_string for link in app.sidebar.get("page_link")} == {""}
    widget(app, "run_picker").select("starter-4-conv").run()
    app.switch_page(str(PAGES[-1].file)).run()
    assert app.session_state["run"] == "starter-4-conv"
    assert {link.proto.query_string for link in app.sidebar.get("page_link")} == {"run=starter-4-conv"}


def test_the_message_about_a_missing_run_names_the_run_shown_or_none(open_page):
    """The next page shows another starter."""
    app = open_page("pages/train.py", "nonsense")
    assert "Showing “Dense, 16 dimensions”." in page_text(app)
    app.switch_page(str(page_info("latent").file)).run()
    assert app.session_state["run"] == "starter-2-vae"
    assert "Showing" not in page_text(app)


def test_first_sights(open_page):
    """Latent space opens with the t-SNE that comes with the app; Denoise with a model that improves the images."""
    app = open_page("pages/latent.py")
    assert app.session_state["map"] == "t-sne"
    assert "t-SNE preserves neighborhoods" in page_text(app)
    assert not app.get("progress")
    widget(app, "run_picker").select("starter-1-quick").run()
    assert app.session_state["map"] == "pca", "the other run has no t-SNE yet"
    app.session_state["map"] = "dimensions"
    widget(app, "run_picker").select("starter-2-vae").run()
    assert app.session_state["map"] == "dimensions", "the visitor chose it"
    assert "trained to remove noise: Gaussian" in page_text(open_page("pages/denoise.py"))


def test_beta_is_beside_the_latent_size(open_page):
    train = open_page("pages/train.py", more_settings_open=False)
    widget(train, "field.bottleneck").select("variational").run()
    assert {"field.bottleneck.latent", "field.bottleneck.beta"} <= set(fields(train))
