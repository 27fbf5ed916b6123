"""Autoencoder Lab: `streamlit run app.py`."""

import streamlit as st

from pages.parts.shell import frame

# The icon before the navigation: else the browser fetches the page's icon from the internet as the tab's.
st.set_page_config(page_icon=str(frame.ASSETS / "icon.svg"), layout="wide")
page = frame.build()
st.set_page_config(page_title=f"{page.title} · {frame.NAME}" if page.url_path else frame.NAME)

with frame.calm():
    frame.warm_up()

    from pages.parts import runs, start

    start.grant()
    runs.sidebar()
    page.run()
    frame.settle(page.url_path)
