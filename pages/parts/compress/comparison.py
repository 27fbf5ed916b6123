"""The comparison of all methods, and the same images at equal bits; or the progress of its computation."""

from __future__ import annotations

import streamlit as st

from aecore.evaluation.compression.rates import RateDistortion
from aecore.runs.computed.rate_distortion import read_rates
from aecore.runs.run import Run
from pages.parts.compress.equal_bits import equal_bits
from pages.parts.compress.points import FIDELITIES, Comparison
from pages.parts.compress.results import PACKINGS, results
from pages.parts.runs import computing
from pages.parts.shell import errors, session


def comparison(run: Run, unit: str) -> None:
    """Draw the comparison, computed once for a model."""
    rates = read_rates(run, run.model_step())
    if rates is None:
        computing.request(run, "rate_distortion", "Compressing test images by all methods.")
    else:
        _measured(run, rates, unit)


@errors.fragment("The comparison")
def _measured(run: Run, rates: RateDistortion, unit: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        packing = st.segmented_control(
            "Files", list(PACKINGS), default=next(iter(PACKINGS)), key=session.PACKING.name, required=True,
            format_func=PACKINGS.__getitem__, label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        fidelity = next(iter(FIDELITIES))
        if rates.curves[0].points[0].ssim is not None:
            fidelity = st.segmented_control(
                "Fidelity", list(FIDELITIES), default=fidelity, key=session.FIDELITY.name, required=True,
                format_func=lambda name: FIDELITIES[name].title, label_visibility="collapsed", bind="query-params",
            )  # fmt: skip
    shown = Comparison(rates, packing, FIDELITIES[fidelity])
    results(shown, unit)
    st.subheader(f"The same {unit}s at equal bits", anchor=False)
    if not rates.pictures:  # of a starter model, which comes with the numbers
        computing.request(run, "rate_distortion", "Compressing these images by all methods.")
        return
    equal_bits(run, shown)
    st.caption(
        "Of each method, the setting with the best PSNR that the slider allows; bits per image are the mean over "
        f"{rates.images:,} test {unit}s. Pictures of files are those from files of their own."
    )
