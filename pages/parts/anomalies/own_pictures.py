"""The question about own pictures, good ones only: training, false-alarm rate, and the verdict on new pictures."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.config.recipes import recipe
from aecore.config.run_config import RunConfig
from aecore.data import collections
from aecore.data.own import OwnImages
from aecore.evaluation.anomaly.detection import threshold_at
from aecore.evaluation.anomaly.pictures import FORMULA, RATES, SPOT, attainable_rates
from aecore.evaluation.anomaly.scores import SMOOTHING
from aecore.runs.computed.picture_scores import HeldOutScores, read_scores
from aecore.runs.run import Run
from pages.parts.anomalies.judged import Thresholds, judged_pictures
from pages.parts.images import uploads
from pages.parts.images.uploads import DRAW, PHOTO, UPLOAD
from pages.parts.runs import computing
from pages.parts.runs.run_view import run_view
from pages.parts.shell import errors, navigation, session, text
from pages.parts.train import draft, train_button

RECIPE = "anomaly"
SIDE = 32  # pixels of the model's input, to which patches and pictures are scaled
HELD_OUT = 0.25  # of the images that are not test images
USUAL_RATE = 0.05
ONE_CLASS, OWN = "One class normal", "Own pictures, good ones only"
PROMPTS = {
    UPLOAD: "Drop pictures on the field, good and bad ones, or select files. Each is judged.",
    PHOTO: "Take a photo, and it is judged.",
    DRAW: "Draw, and the drawing is judged.",
}

STEPS = f"""
1. Choose good pictures on the right, or add some: {collections.MIN_IMAGES} or more.
2. Train on them. It takes a minute or two.
3. Show new pictures, good and bad ones. Each is judged, and its defects are marked.

No picture of a defect is needed for the training.
"""


def chosen(run: Run | None, config: RunConfig | None) -> bool:
    """Draw the choice between the page's two questions, which follows the run; whether it is this one."""
    is_own, run_id = config is not None and isinstance(config.dataset, OwnImages), run.id if run else None
    if session.QUESTION_RUN.get() != run_id:
        session.QUESTION_RUN.set(run_id)
        session.NEW_COLLECTION.set(None)
        session.new_version("anomaly-question")
    answer = st.segmented_control(
        "Question", [ONE_CLASS, OWN], default=OWN if is_own else ONE_CLASS, required=True, persist_state="session",
        key=session.versioned_key("anomaly-question"), label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return bool(answer == OWN)


def section(run: Run | None, config: RunConfig | None) -> None:
    """Draw the whole section, with its lesson."""
    left, right = st.columns([7, 5], gap="large", vertical_alignment="top")
    with right:
        _training_control(config)
    if run is None or config is None or not isinstance(config.dataset, OwnImages):
        left.markdown(STEPS)
    elif run.state().active:
        left.caption("Once this model is trained, the pictures that were held out set the threshold.")
        with errors.run_errors(run):
            run_view(run)
    elif not config.dataset.available():
        with left:
            text.info(config.dataset.unavailable_message())
    else:
        with errors.run_errors(run):
            _trained(run, config.dataset, left)
    text.lesson("anomalies-own", None)


def own_config(collection: str, color: bool) -> RunConfig:
    """The recipe on the pictures of a collection."""
    dataset = OwnImages(collection=collection, side=SIDE, color=color)
    return recipe(RECIPE).config(dataset.model_copy(update={"validation": round(HELD_OUT * dataset.pool_size())}))


def _training_control(config: RunConfig | None) -> None:
    labels = collections.collection_labels()
    given = config.dataset if config and isinstance(config.dataset, OwnImages) else None
    if labels:
        preferred = session.NEW_COLLECTION.get() or (given.collection if given else "")
        default = list(labels).index(preferred) if preferred in labels else 0
        row = st.container(horizontal=True, vertical_alignment="bottom")
        collection: str = row.selectbox(
            "Good pictures", list(labels), default, key=f"good-pictures-{run_key(given)}-{preferred}", width=230,
            format_func=labels.__getitem__,
        )  # fmt: skip
        color = row.toggle(
            "Color", bool(given and given.color), key=f"good-color-{run_key(given)}",
            help="Off: in gray, so that a stain of equal brightness is not seen. On: in color.",
        )  # fmt: skip
        wanted = own_config(collection, color)
        if wanted.dataset == given:
            st.caption("The selected model learns from them.")
        else:
            train_button.button("anomaly-own", wanted, RECIPE, "Train on these pictures")
    else:
        st.caption(
            f"There are no pictures of your own here yet. Add {collections.MIN_IMAGES} or more good ones on the Train "
            "page, save them, and come back: photos of one part, surface or product, all taken in the same way. "
            "*Cut into patches* keeps their resolution, to find small defects."
        )
    if st.button("Add good pictures", icon=":material/add_photo_alternate:", key="anomaly-add"):
        draft.fill(recipe(RECIPE).config(OwnImages(side=SIDE)), RECIPE)
        session.RECIPE.set(RECIPE)
        st.switch_page(navigation.page_info("train").file)


def run_key(given: OwnImages | None) -> str:
    """A part of the keys of widgets whose default follows the selected run."""
    return f"{given.collection}-{given.color}" if given else ""


def _trained(run: Run, dataset: OwnImages, controls: DeltaGenerator) -> None:
    held_out = read_scores(run, run.model_step())
    if held_out is None:
        computing.request(run, "picture_scores", "Scoring the pictures that were held out from training.")
        return
    with controls:
        thresholds = _choose_rate(held_out)
    row = st.container(horizontal=True, vertical_alignment="bottom", key="controls")
    source = uploads.source_control(row, (UPLOAD, PHOTO, DRAW), "anomaly-source")
    _new_pictures(run, dataset, held_out, thresholds, source)
    with st.expander("How the score is computed"):
        st.latex(FORMULA, width="content")
        st.caption(
            "The score of a picture is the largest value of its error map: the squared error of the reconstruction, "
            f"per pixel and channel, after averaging the difference over {SMOOTHING} × {SMOOTHING} pixels of the "
            f"model's input, averaged over overlapping patches, and over {SPOT} × {SPOT} pixels."
        )


def _choose_rate(held_out: HeldOutScores) -> Thresholds:
    """Draw the choice of the false-alarm rate, and say what it rests on; return the thresholds."""
    count = len(held_out.model)
    rates = attainable_rates(count)
    rate: float = st.segmented_control(
        "False-alarm rate", rates, default=min(rates, key=lambda r: abs(r - USUAL_RATE)), required=True,
        key=f"false-alarms-{count}", persist_state="session", format_func=lambda r: f"{100 * r:.2g} %", wrap=True,
        help="The share of good pictures that are reported by mistake.",
    )  # fmt: skip
    st.caption(
        f"On average, at most {100 * rate:.2g} of 100 further good pictures are reported. The threshold rests on "
        f"**{count} good pictures** that were held out from training"
        + (f"; with so few, no rate below {100 * rates[0]:.2g} % can be promised." if rates[0] > RATES[0] else ".")
    )
    return Thresholds(threshold_at(rate, held_out.model), threshold_at(rate, held_out.pca_scores))


@errors.fragment("The new pictures")
def _new_pictures(run: Run, dataset: OwnImages, held_out: HeldOutScores, thresholds: Thresholds, source: str) -> None:
    """The visitor's new pictures: the input on the left, the verdicts on the right."""
    if not dataset.available():  # deleted since the page was drawn: how pictures are to be prepared is lost with it
        text.info(dataset.unavailable_message())
        return
    with st.container(key="columns"):
        left, right = st.columns([3, 7], gap="large")
    with left:
        if source == DRAW:
            drawing = uploads.canvas("draw")
            images = [] if drawing is None else [uploads.InputImage("Your drawing", drawing)]
        else:
            if source == PHOTO:
                uploads.camera(digits=False)
            else:
                uploads.uploader()
            images = [uploads.InputImage(upload.name, upload.image) for upload in uploads.usable(source)]
    with right:
        judged_pictures(run, dataset, held_out, thresholds, images)
        if not images:
            st.caption(PROMPTS[source])
