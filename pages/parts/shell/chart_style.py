"""Colors and dashes of the lines of Plotly charts that compare a model with baselines."""

MODEL_COLOR, BASELINE_COLOR = "#2a93a0", "#8b979d"  # not those of classes, and seen on both themes
DASHES = {"solid": (36,), "dash": (7, 5), "dot": (2, 3), "dashdot": (8, 3, 2, 3), "longdash": (12, 4)}  # pixels


def line_sample(color: str, dash: str, width: float) -> str:
    """A piece of a line as HTML, for a table that is the legend."""
    stops, position = [], 0  # the dashes as a background, because Streamlit removes SVG elements
    for i, length in enumerate(DASHES[dash]):
        stops.append(f"{color if i % 2 == 0 else 'transparent'} {position}px {position + length}px")
        position += length
    style = f"background:repeating-linear-gradient(90deg,{','.join(stops)});height:{width}px"
    return f'<span class="line-sample" style="{style}"></span>'
