"""HTML of images, codes and tables. Images have hard pixel edges and alt text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import streamlit as st

from aecore.images import Pixels, to_png

MAX_BARS = 50


def img(image: Pixels, alt: str, style: str = "width:100%") -> str:
    """An `<img>` of an image (H, W, C)."""
    encoded = base64.b64encode(to_png(image)).decode()
    return f'<img class="pixels" alt="{escape(alt)}" style="{style}" src="data:image/png;base64,{encoded}">'


def figure(content: str, caption: str) -> str:
    """A `<figure>` of HTML, with its caption below."""
    return f"<figure>{content}<figcaption>{caption}</figcaption></figure>"


def table(rows: Sequence[tuple[str, Sequence[str]]], head: Sequence[str] = (), style: str = "scores numbers") -> str:
    """A `<table>`, scrolled horizontally where it is too wide.

    Args:
        rows: for each row its title, and its cells as HTML.
        head: titles of all columns as HTML, with that of the row titles first; empty for no head.
        style: CSS classes.
    """
    columns = "".join(f'<th scope="col">{title}</th>' if title else "<th></th>" for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for title, cells in rows
    )
    thead = f"<thead><tr>{columns}</tr></thead>" if head else ""
    return f'<div class="wide"><table class="{style}">{thead}<tbody>{body}</tbody></table></div>'


def code_bars(code: Sequence[float], reach: float, names: Sequence[str] = (), order: Sequence[int] = ()) -> str:
    """A `<figure>` of a code as bars: up where positive, down where negative, full height at `reach`.

    Of a code with more than `MAX_BARS` dimensions, the first ones of `order` (the most variable first) are shown, or
    the first ones of the code.
    """
    shown, description = list(range(len(code))), f"{len(code):,} dimensions"
    if len(code) > MAX_BARS:
        shown = list(order or shown)[:MAX_BARS]
        description = f"the {f'{MAX_BARS} most variable' if order else f'first {MAX_BARS}'} of {description}"
    bars = _bars([code[i] for i in shown], reach, [names[i] if names else f"z{i + 1}" for i in shown])
    return figure(bars, f"code, {description}" if len(code) > 1 else "code, 1 dimension")


def _bars(values: Sequence[float], reach: float, names: Sequence[str]) -> str:
    bars, step = "", 100 / max(1, len(values))
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        height = max(-1.0, min(1.0, value / (reach or 1.0))) * 50  # percent of the figure
        top = 50 - max(0.0, height)
        box = f"left:{i * step:.2f}%;width:{0.75 * step:.2f}%;top:{top:.1f}%;height:{abs(height):.1f}%"
        bars += f'<i style="{box}" title="{name} = {value:.2f}"></i>'
    alt = ", ".join(f"{value:.2f}" for value in values)
    return f'<div class="code-bars" role="img" aria-label="Code: {alt}">{bars}</div>'


def numbers_grid(rows: Sequence[Sequence[object]]) -> str:
    """Numbers at the positions of a feature map, each in its cell."""
    cells = "".join(f"<i>{number}</i>" for row in rows for number in row)
    alt = "Row by row: " + "; ".join(" ".join(map(str, row)) for row in rows)
    style = f"--columns:{len(rows[0])}"
    return f'<div class="numbers-grid numbers" role="img" aria-label="{alt}" style="{style}">{cells}</div>'


def sheets(rows: Sequence[tuple[str, Pixels]], columns: int, captions: Sequence[str] = ()) -> None:
    """Draw rows of at most `columns` images (N, H, W, C), each after its label; `captions` are above the columns."""
    cells = ""
    if captions:
        heads = "".join(f"<small>{escape(caption)}</small>" for caption in captions)
        cells += f'<div></div><div class="sheet-row numbers" style="--columns:{columns}">{heads}</div>'
    for label, images in rows:
        row = "".join(img(image, f"{label}, {i}") for i, image in enumerate(images, 1))
        alt = f"{escape(label)}: {len(images)} images"
        cells += f'<div class="sheet-label">{escape(label)}</div>'
        cells += f'<div class="sheet-row" role="group" aria-label="{alt}" style="--columns:{columns}">{row}</div>'
    st.html(f'<div class="sheets">{cells}</div>')
