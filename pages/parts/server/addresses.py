"""The addresses of the app, found without asking another machine."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from contextlib import suppress

import psutil
import streamlit as st
from streamlit import net_util

SECONDS_BETWEEN_TRIES = 0.1
_ALL_INTERFACES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # and an address of this machine on one of them


def app_url() -> str:
    """The app's address for a browser on this machine, from Streamlit's options."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{_host()}:{st.get_option('browser.serverPort')}/{path}"


def network_urls() -> list[str]:
    """The app's addresses for browsers on other machines, if the server listens to them and has no public name."""
    if st.get_option("server.address") not in _ALL_INTERFACES or st.get_option("browser.serverAddress") != "localhost":
        return []
    found = (address.address for interface in psutil.net_if_addrs().values() for address in interface)
    return [app_url().replace("//localhost:", f"//{address}:", 1) for address in found if _is_reachable(address)]


async def announce() -> None:
    """Print the addresses once the server accepts connections."""
    await serving()
    print(f"\n  Autoencoder Lab is at {app_url()}", file=sys.stderr)
    for url in network_urls():
        print(f"  For others on the network: {url}", file=sys.stderr)


def ask_nobody_for_addresses() -> None:
    """Keep Streamlit from asking a server on the internet for this machine's address.

    It would do so for each connection from a page of another site, to compare the site's address with its own.
    """
    net_util.get_external_ip = lambda: None


def _is_reachable(address: str) -> bool:
    """Whether an address is IPv4 and neither loopback nor link-local."""
    try:
        ip = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not (ip.is_loopback or ip.is_link_local)


def _host() -> str:
    public, bound = st.get_option("browser.serverAddress"), st.get_option("server.address")
    host = bound if bound and public == "localhost" else public
    if host in _ALL_INTERFACES:  # all interfaces: no address for a browser
        return "localhost"
    return f"[{host}]" if ":" in host else host


async def serving() -> None:
    """Return when the server accepts connections."""
    bound = st.get_option("server.address") or "localhost"
    address = _ALL_INTERFACES.get(bound, bound)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address, st.get_option("server.port"))
            writer.close()
            return
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
