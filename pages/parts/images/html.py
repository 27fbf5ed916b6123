"""Pictures as HTML: hard pixel edges, alt text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import streamlit as st

from aecore.images import Pixels, to_png

MOST_BARS = 50


def img(picture: Pixels, alt: str, style: str = "width:100%") -> str:
    """An `<img>` of a picture (H, W, C)."""
    encoded = base64.b64encode(to_png(picture)).decode()
    return f'<img class="pixels" alt="{escape(alt)}" style="{style}" src="data:image/png;base64,{encoded}">'


def figure(inside: str, caption: str) -> str:
    """A `<figure>` of HTML, with its caption below."""
    return f"<figure>{inside}<figcaption>{caption}</figcaption></figure>"


def strips(rows: Sequence[tuple[str, Pixels]], what: str) -> None:
    """Rows of pictures (N, H, W, C) under each other, each with its label: originals over reconstructions."""
    cells = ""
    for label, pictures in rows:
        cells += f'<div class="strip-label">{escape(label)}</div>'
        cells += "".join(img(picture, f"{label} {i + 1} of {what}") for i, picture in enumerate(pictures))
    st.html(f'<div class="strips" style="--columns:{len(rows[0][1])}">{cells}</div>')


def code_bars(code: Sequence[float], reach: float, names: Sequence[str] = (), most: Sequence[int] = ()) -> str:
    """A `<figure>` of a code's numbers as bars, up where positive, down where negative; `reach` is the longest.

    Of more than can be told apart, the ones whose numbers come first in `most`, or else the first.
    """
    shown, which = list(range(len(code))), f"{len(code):,} numbers"
    if len(code) > MOST_BARS:
        shown = list(most or shown)[:MOST_BARS]
        which = f"the {f'{MOST_BARS} that vary most' if most else f'first {MOST_BARS}'} of {which}"
    bars = _bars([code[i] for i in shown], reach, [names[i] if names else f"z{i + 1}" for i in shown])
    return figure(bars, f"code, {which}" if len(code) > 1 else "code, one number")


def _bars(values: Sequence[float], reach: float, names: Sequence[str]) -> str:
    parts, step = "", 100 / max(1, len(values))
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        height = max(-1.0, min(1.0, value / (reach or 1.0))) * 50  # percent of the whole
        top = 50 - max(0.0, height)
        box = f"left:{i * step:.2f}%;width:{0.75 * step:.2f}%;top:{top:.1f}%;height:{abs(height):.1f}%"
        parts += f'<i style="{box}" title="{name} = {value:.2f}"></i>'
    told = ", ".join(f"{value:.2f}" for value in values)
    return f'<div class="code-bars" role="img" aria-label="Code: {told}">{parts}</div>'


def numbers_grid(rows: Sequence[Sequence[object]]) -> str:
    """Numbers at the places of a map, each in its cell."""
    cells = "".join(f"<i>{number}</i>" for row in rows for number in row)
    told = "Row by row: " + "; ".join(" ".join(map(str, row)) for row in rows)
    style = f"--columns:{len(rows[0])}"
    return f'<div class="places numbers" role="img" aria-label="{told}" style="{style}">{cells}</div>'


def sheets(rows: Sequence[tuple[str, Pixels]], columns: int, captions: Sequence[str] = ()) -> None:
    """Rows of at most `columns` pictures (N, H, W, C), each with its label before it; `captions` stand over columns."""
    cells = ""
    if captions:
        heads = "".join(f"<small>{escape(caption)}</small>" for caption in captions)
        cells += f'<div></div><div class="sheet-row numbers" style="--columns:{columns}">{heads}</div>'
    for label, pictures in rows:
        row = "".join(img(picture, f"{label}, {i}") for i, picture in enumerate(pictures, 1))
        told = f"{escape(label)}: {len(pictures)} pictures"
        cells += f'<div class="sheet-label">{escape(label)}</div>'
        cells += f'<div class="sheet-row" role="group" aria-label="{told}" style="--columns:{columns}">{row}</div>'
    st.html(f'<div class="sheets">{cells}</div>')
