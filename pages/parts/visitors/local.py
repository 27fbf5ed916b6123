"""Whether server and browser are on one machine, where everything belongs to whoever sits at it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

import streamlit as st

PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def is_local(headers: Mapping[str, str], client: str | None) -> bool:
    """Whether a request comes from the server's machine, without a proxy between them that serves others.

    Args:
        headers: of the request, by names in any case.
        client: the address that it comes from; None for a loopback address, as in `st.context`.
    """
    return (
        is_loopback(st.get_option("server.address") or "")
        and (client is None or is_loopback(client))
        and is_loopback(_host_name(headers.get("Host", "localhost")))
        and not any(name in headers for name in PROXY_HEADERS)
    )


def _host_name(host: str) -> str:
    """`localhost` of `localhost:8501`, `::1` of `[::1]:8501`."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def is_loopback(name: str) -> bool:
    """Whether a host name or address is that of the browser's own machine."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
