"""Rate and distortion of all methods: the chart, the table at equal fidelity, and what follows from them."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from aecore.analysis.metrics import EXACT_PSNR
from aecore.evaluation.compression.rates import SINGLE, TOGETHER, Curve, Point, break_even
from pages.parts.compress.points import FIDELITIES, Comparison, losses
from pages.parts.images.html import table
from pages.parts.shell.chart_style import BASELINE_COLOR, DASHES, MODEL_COLOR, line_sample

HEIGHT = 400  # pixels
PCA_COLOR = "#c2703a"  # seen on both themes
LOSSLESS_GAP = 6.0  # decibels between the highest other PSNR and the place of "lossless"
PACKINGS = {SINGLE: "One image per file", TOGETHER: "All images in one file"}
_MARKERS = {"circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "x": "✖"}  # Plotly's names


def results(comparison: Comparison, unit: str) -> None:
    """Draw the chart beside the table, and the sentences below."""
    with st.container(key="columns-compress"):
        left, right = st.columns([5, 6], gap="large")
    with left:
        _chart(comparison)
    with right:
        _table(comparison)
        st.caption(_table_caption(comparison, unit))
    st.markdown("\n".join(f"- {sentence}" for sentence in [*losses(comparison), *_costs(comparison, unit)]))
    for curve in comparison.rates.curves:
        if curve.missing:
            st.caption(curve.missing)


def setting_text(curve: Curve, point: Point) -> str:
    """A point's setting in words."""
    if point.psnr >= EXACT_PSNR:
        return "lossless"
    if curve.setting == "bits":
        number = "index" if curve.method == "indices" else "number"
        return f"{point.setting} bit{'s' if point.setting > 1 else ''} per {number}"
    return f"{curve.setting} {point.setting}"


def _style(comparison: Comparison, curve: Curve) -> tuple[str, str, float]:
    """Color, dash and width of a line: the model's, those of PCA, and those of files."""
    if curve is comparison.curves[0]:
        return MODEL_COLOR, "solid", 3.6
    alike = [c for c in comparison.curves[1:] if _is_file(c) == _is_file(curve)]
    return BASELINE_COLOR if _is_file(curve) else PCA_COLOR, list(DASHES)[alike.index(curve)], 1.8


def _sample(comparison: Comparison, curve: Curve) -> str:
    """A piece of the line, or the marker of a method with one point, as HTML."""
    color, dash, width = _style(comparison, curve)
    if len(comparison.points(curve)) > 1:
        return line_sample(color, dash, width)
    return f'<span style="color:{color}">{_MARKERS[_marker(comparison, curve)]}</span>'


def _marker(comparison: Comparison, curve: Curve) -> str:
    files = [c for c in comparison.curves if _is_file(c)]
    return list(_MARKERS)[files.index(curve)] if curve in files else "circle"


def _is_file(curve: Curve) -> bool:
    return not curve.decoder_bytes


def _chart(comparison: Comparison) -> None:
    value, text = comparison.fidelity.value, comparison.fidelity.text
    every = [value(point) for curve in comparison.curves for point in comparison.points(curve)]
    top = max(v for v in every if v < EXACT_PSNR) + LOSSLESS_GAP if max(every) >= EXACT_PSNR else None
    figure = go.Figure()
    for curve in (*comparison.curves[1:], comparison.curves[0]):  # the model's line is above the others
        color, dash, width = _style(comparison, curve)
        points = comparison.points(curve)
        figure.add_scatter(
            x=[point.bits_per_pixel for point in points],
            y=[top if value(point) >= EXACT_PSNR else value(point) for point in points],
            mode="lines+markers", name=curve.title,
            line={"color": color, "dash": dash, "width": width},
            marker={"symbol": _marker(comparison, curve), "size": 7},
            customdata=[
                (setting_text(curve, p), f"{comparison.bits(p):,.0f} bits per image, {text(value(p))}") for p in points
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]}",
        )  # fmt: skip
    unit = " (dB)" if comparison.fidelity is FIDELITIES["psnr"] else ""
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 12, "b": 8}, showlegend=False, hovermode="closest", dragmode=False,
        xaxis={"title_text": "bits per pixel, logarithmic", "type": "log", "dtick": 1},
        yaxis={"title_text": comparison.fidelity.title + unit},
    )  # fmt: skip
    if top is not None:
        ticks = [10 * i for i in range(10) if min(every) - 5 < 10 * i < top - 3]
        figure.update_yaxes(tickvals=[*ticks, top], ticktext=[*map(str, ticks), "lossless"])
    st.plotly_chart(
        figure, key="rate-distortion", config={"displayModeBar": False},
        alt=f"{comparison.fidelity.title} over bits per pixel, for the model's codes, PCA and file formats",
    )  # fmt: skip


def _table(comparison: Comparison) -> None:
    found = [(curve, *comparison.comparable(curve)) for curve in comparison.curves]
    fewest = min((point.bytes for _, point, reached in found if reached), default=0)
    has_ssim = comparison.curves[0].points[0].ssim is not None
    rows = []
    for curve, point, reached in found:
        bits = f"{comparison.bits(point):,.0f}"
        cells = [
            _sample(comparison, curve),
            f"<b>{bits}</b>" if reached and point.bytes == fewest else bits,
            f"{comparison.container_bits(point):,.0f}" if point.overhead else "–",
            f"{point.bits_per_pixel:.3f}" if point.bits_per_pixel < 1 else f"{point.bits_per_pixel:.2f}",
            FIDELITIES["psnr"].text(point.psnr).removesuffix(" dB"),
        ]
        if has_ssim:
            cells.append(FIDELITIES["ssim"].text(point.ssim or 0.0))
        rows.append((curve.title + ("" if reached else " *"), cells))
    head = ["Method", "line", "bits per image", "container", "bits per pixel", "PSNR (dB)"]
    st.html(table(rows, [*head, *(["SSIM"] if has_ssim else [])], "scores rates numbers"))


def _table_caption(comparison: Comparison, unit: str) -> str:
    reference, fidelity, model = comparison.reference(), comparison.fidelity, comparison.curves[0]
    missed = any(not comparison.comparable(curve)[1] for curve in comparison.curves)
    return (
        f"The fewest bits with which each method is as good as {model.title.lower()} with "
        f"{setting_text(model, reference)}, {fidelity.text(fidelity.value(reference))}; the smallest is bold. "
        + ("\\* Never as good: the method's best. " if missed else "")
        + f"*Container*: header and tables of a file, part of the bits. Measured on {comparison.rates.images:,} test "
        f"{unit}s, by the actual number of bytes."
    )


def _costs(comparison: Comparison, unit: str) -> list[str]:
    """Sentences about the decoder, and from how many images on it pays."""
    model, reference = comparison.curves[0], comparison.reference()
    size = f"{(model.decoder_bytes + reference.tables) / 1e3:,.0f} kB"
    decoder = f"Whoever opens the codes needs the decoder: {size}, which is not part of these bits."
    files = [curve for curve in comparison.curves if _is_file(curve)]
    found = break_even(reference, model.decoder_bytes, comparison.rates.images, files)
    if found is None:
        return [f"{decoder} No file format here is as good as the codes."]
    title = comparison.rates.curve(found.method).title
    if found.images is None:
        return [f"{decoder} {title} is as good with fewer bits, so the codes never pay."]
    return [
        f"{decoder} From **{found.images:,} {unit}s** on, codes and decoder together are smaller than {title} of the "
        "same or a better PSNR."
    ]
