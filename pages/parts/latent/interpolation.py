"""Between two codes: a line and an arc as film strips and under a slider, beside the cross-fade of the pixels."""

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
from pages.parts.latent.context import Scene
from pages.parts.latent.own_image import own_picture

STRIP, FRAMES = 12, 32  # pictures in a row, and under the slider
OWN = -1  # in place of a point's number: the visitor's own picture
_ENDS = "latent-ends"


@dataclass(frozen=True)
class End:
    """One of the two codes that are looked at."""

    number: int  # of the point, or OWN
    name: str
    image: Tensor  # (C, H, W) uint8
    code: Tensor  # (D,)


def ends(scene: Scene) -> tuple[End, End]:
    """The two that were chosen; a point of the map instead of a picture that is gone."""
    a, b = (_end(scene, number) for number in _chosen(len(scene.encoded)))
    return a, b


def paths(a: End, b: End) -> dict[str, Tensor]:
    """The ways from the one to the other through latent space, (FRAMES, D) each."""
    ways = ("linear", "spherical") if len(a.code) > 1 else ("linear",)  # around the origin of a line there is no arc
    return {name: interpolate(a.code, b.code, FRAMES, name == "spherical") for name in ways}


def between(scene: Scene) -> None:
    """Choose the two, and see every way between them."""
    _choose(own_picture(scene) is not None, len(scene.encoded), scene.pin)
    a, b = ends(scene)
    decode = decoder(scene.model)
    frames = {name: to_pixels(decode(path)) for name, path in paths(a, b).items()}
    pixels = interpolate(a.image.flatten().float(), b.image.flatten().float(), FRAMES)
    frames["pixels, cross-faded"] = to_pixels(pixels.reshape(FRAMES, *a.image.shape).round().to(torch.uint8))
    chosen = torch.linspace(0, FRAMES - 1, STRIP).round().long().tolist()
    interpolation_player(frames)
    sheets([(name, pictures[chosen]) for name, pictures in frames.items()], STRIP)
    ways = "both ways" if len(a.code) > 1 else "the way"
    told = (
        "No code lies between two of this model's: each place takes the nearest entry, so the pictures jump."
        if scene.discrete
        else f"Along {ways} through latent space each code decodes to one picture, if not always one like those it "
        "learned; a cross-fade of the pixels shows two at once."
    )
    st.caption(f"From {a.name} (A) to {b.name} (B). {told}")


def _choose(has_own: bool, count: int, pin: int) -> None:
    a, b = _chosen(count)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.button("Pinned point as A", on_click=_set, args=((pin, b),))
    row.button("Pinned point as B", on_click=_set, args=((a, pin),))
    told = None if has_own else "Draw or upload one under “Your picture” first."
    row.button("Your picture as A", on_click=_set, args=((OWN, b),), disabled=not has_own, help=told)
    row.button("Your picture as B", on_click=_set, args=((a, OWN),), disabled=not has_own, help=told)
    row.button("Random pair", icon=":material/shuffle:", on_click=_random, args=(count,))


def _chosen(count: int) -> tuple[int, int]:
    a, b = st.session_state.get(_ENDS, (1, 2))
    return min(a, count - 1), min(b, count - 1)


def _end(scene: Scene, number: int) -> End:
    if number == OWN:
        if own := own_picture(scene):
            image, code = own
            return End(OWN, "your picture", image[0], code[0])
        number = 0
    return End(
        number, f"test {scene.config.dataset.unit} {number + 1}", scene.encoded.images[number], scene.codes[number]
    )


def _set(pair: tuple[int, int]) -> None:
    st.session_state[_ENDS] = pair


def _random(count: int) -> None:
    st.session_state[_ENDS] = tuple(random.sample(range(count), 2))
