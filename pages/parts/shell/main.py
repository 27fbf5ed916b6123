"""The script behind every page: page config, navigation, and the page that the address names."""

import streamlit as st

from pages.parts.runs import picker
from pages.parts.shell import errors, navigation, paths
from pages.parts.train import train_button
from pages.parts.visitors.admin_popover import admin_popover

# Set the icon before the navigation; otherwise the browser fetches the page's Material icon from the internet.
st.set_page_config(page_icon=str(paths.ASSETS / "icon.svg"), layout="wide")
page = navigation.build()
st.set_page_config(page_title=f"{page.title} · {paths.NAME}" if page.url_path else paths.NAME)

with errors.error_boundary():
    train_button.process_requests()
    picker.sidebar(navigation.page_info(page.url_path))
    admin_popover()
    page.run()
