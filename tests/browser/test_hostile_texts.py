"""Texts that visitors set are shown as they are: no link, no picture, no icon is made of them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

HOSTILE = (
    "![i](http://a.test/b) <b>x</b> <http://a.test> www.a.test xmpp:m@a.test **b** `c` $x$ :red[r] :material/home: "
    ":streamlit: a->b <- -- >= &lt; # h"
)


@pytest.mark.parametrize(("path", "quoted"), [("/train", HOSTILE), ("/latent", HOSTILE[:40])])
def test_a_visitors_text_is_shown_as_it_is(visitor, trained, path, quoted):
    """In a name on Train, in the address of a run that is not there on Latent space."""
    run = visitor.server.adopt(trained, HOSTILE).id if quoted == HOSTILE else quote(HOSTILE)
    requests: list[str] = []
    visitor.page.on("request", lambda request: requests.append(request.url))
    visitor.open(path, run)
    shown = visitor.main.locator("p", has_text="a.test" if quoted == HOSTILE else "There is no run").first
    expect(shown).to_be_visible()
    assert quoted in shown.inner_text().replace("\u2060", "")
    assert shown.locator("a, img, code, em, .katex").count() == 0
    assert not [url for url in requests if urlsplit(url).hostname == "a.test"]
