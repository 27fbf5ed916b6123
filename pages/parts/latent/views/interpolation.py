"""The interpolation view: a line and an arc between two codes, next to a cross-fade of the pixels."""

from __future__ import annotations

import random
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from aecore.analysis.interpolation import interpolate
from aecore.images import to_pixels
from aecore.latent.codes import decoder
from pages.parts.components.interpolation_player import interpolation_player
from pages.parts.images.html import sheets
from pages.parts.latent.context import LatentContext
from pages.parts.latent.views.base import OWN_IMAGE, CodeMark, View
from pages.parts.latent.views.own_image import encode_own_image
from pages.parts.shell import session

COLUMNS, FRAMES = 12, 32  # images in a row, and in the player


@dataclass(frozen=True)
class Endpoint:
    """One of the two codes between which the view interpolates."""

    index: int  # of the point, or OWN_IMAGE
    name: str
    image: Tensor  # (C, H, W) uint8
    code: Tensor  # (D,)


def endpoints(context: LatentContext) -> tuple[Endpoint, Endpoint]:
    """The chosen endpoints; the first point in place of an own image that was removed."""
    a, b = (_endpoint(context, index) for index in _chosen_indices(len(context.space.encoded)))
    return a, b


def paths(a: Endpoint, b: Endpoint) -> dict[str, Tensor]:
    """The interpolations by name, (FRAMES, D) each."""
    names = ("linear", "spherical") if len(a.code) > 1 else ("linear",)  # one dimension has no arc around the origin
    return {name: interpolate(a.code, b.code, FRAMES, name == "spherical") for name in names}


def interpolation_marks(context: LatentContext) -> list[CodeMark]:
    """The endpoints and the paths between them."""
    a, b = endpoints(context)
    ends = [CodeMark(name, end.code[None], (end.index,)) for name, end in (("A", a), ("B", b))]
    return ends + [CodeMark(name, path, (a.index, b.index)) for name, path in paths(a, b).items()]


def draw_interpolation(context: LatentContext) -> None:
    """Buttons that choose the endpoints, the player, and a row of images for each path."""
    _draw_buttons(encode_own_image(context) is not None, len(context.space.encoded), context.selected)
    a, b = endpoints(context)
    decode = decoder(context.space.model)
    frames = {name: to_pixels(decode(path)) for name, path in paths(a, b).items()}
    pixels = interpolate(a.image.flatten().float(), b.image.flatten().float(), FRAMES)
    frames["pixel cross-fade"] = to_pixels(pixels.reshape(FRAMES, *a.image.shape).round().to(torch.uint8))
    shown = torch.linspace(0, FRAMES - 1, COLUMNS).round().long().tolist()
    interpolation_player(frames)
    sheets([(name, images[shown]) for name, images in frames.items()], COLUMNS)
    st.caption(f"From {a.name} (A) to {b.name} (B). {_explanation(context.space.config.bottleneck.discrete)}")


def _explanation(discrete: bool) -> str:
    if discrete:
        return (
            "The codes of this model are discrete: each position takes the nearest codebook entry, so the images "
            "change abruptly."
        )
    return (
        "Each code on a path decodes to one image, though not always to a realistic one; a cross-fade of the pixels "
        "shows both images at the same time."
    )


def _draw_buttons(has_own_image: bool, count: int, selected: int) -> None:
    a, b = _chosen_indices(count)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button("Selected point as A", on_click=_choose, args=(selected, b))
    row.button("Selected point as B", on_click=_choose, args=(a, selected))
    advice = None if has_own_image else "Draw or upload an image under “Your image” first."
    row.button("Your image as A", on_click=_choose, args=(OWN_IMAGE, b), disabled=not has_own_image, help=advice)
    row.button("Your image as B", on_click=_choose, args=(a, OWN_IMAGE), disabled=not has_own_image, help=advice)
    row.button("Random pair", icon=":material/shuffle:", on_click=_choose_random, args=(count,))


def _chosen_indices(count: int) -> tuple[int, int]:
    a, b = session.INTERPOLATION_ENDS.get()
    return min(a, count - 1), min(b, count - 1)


def _endpoint(context: LatentContext, index: int) -> Endpoint:
    if index == OWN_IMAGE:
        if own_image := encode_own_image(context):
            image, code = own_image
            return Endpoint(OWN_IMAGE, "your image", image[0], code[0])
        index = 0
    encoded, unit = context.space.encoded, context.space.config.dataset.unit
    return Endpoint(index, f"test {unit} {index + 1}", encoded.images[index], encoded.codes[index])


def _choose(a: int, b: int) -> None:
    session.INTERPOLATION_ENDS.set((a, b))


def _choose_random(count: int) -> None:
    a, b = random.sample(range(count), 2)
    _choose(a, b)


VIEW = View("Interpolation", draw_interpolation, marks=interpolation_marks)
