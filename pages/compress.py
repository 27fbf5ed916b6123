"""Compress: how few bytes a run's codes need, and what remains of the images, beside PCA and file formats."""

import streamlit as st

from aecore.config.run_config import RunConfig
from aecore.evaluation.compression.rates import RateDistortion
from aecore.runs.computed.rate_distortion import read_rates
from aecore.runs.run import Run
from pages.parts.compress.equal_bits import equal_bits
from pages.parts.compress.open_file import open_file
from pages.parts.compress.points import FIDELITIES, Comparison
from pages.parts.compress.results import PACKINGS, results
from pages.parts.compress.save_file import save_file
from pages.parts.runs import computing
from pages.parts.runs.run_view import run_view
from pages.parts.runs.selection import selected_run
from pages.parts.shell import errors, navigation, session, text


def body(run: Run, config: RunConfig) -> None:
    if run.state().active:
        st.caption("Once this model is trained, its codes are compressed, and the results appear here.")
        run_view(run)
        return
    rates = read_rates(run, run.model_step())
    if rates is None:
        computing.request(run, "rate_distortion", "Compressing test images by all methods.")
    else:
        measured(run, rates, config.dataset.unit)
    st.subheader("As a file", anchor=False)
    save_file(run, config)
    st.subheader("Open a file", anchor=False)
    open_file(run)
    st.caption(
        "Nothing is lost with bits-back coding: train the recipe *Lossless compression*, and "
        "`python -m aecore lossless measure` compresses the whole test set exactly, beside gzip and PNG."
    )


@errors.fragment("The comparison")
def measured(run: Run, rates: RateDistortion, unit: str) -> None:
    """The comparison of all methods, and the same images at equal bits."""
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
    comparison = Comparison(rates, packing, FIDELITIES[fidelity])
    results(comparison, unit)
    st.subheader(f"The same {unit}s at equal bits", anchor=False)
    if not rates.pictures:  # of a starter model, which comes with the numbers
        computing.request(run, "rate_distortion", "Compressing these images by all methods.")
        return
    equal_bits(run, comparison)
    st.caption(
        "Of each method, the setting with the best PSNR that the slider allows; bits per image are "
        "the mean over "
        f"{rates.images:,} test {unit}s. Pictures of files are those from files of their own."
    )


navigation.title(url_path="compress")
run = selected_run()
config = run.config() if run else None
if run and config:
    if config.has_images:
        with errors.run_errors(run):
            body(run, config)
    else:
        st.caption("This run uses vectors, and this page needs images. Select another run in the sidebar.")
if config is None or config.has_images:
    text.lesson("compress", config)
