"""The "Shuffle" button: another random sample of images."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from pages.parts.shell import session


def sample_seed(name: str) -> int:
    """The seed of the sample `name`: the number of clicks on its button."""
    return session.version("shuffle", name)


def shuffle_button(container: DeltaGenerator, name: str, disabled: bool = False, label: str = "Shuffle") -> None:
    """Draw the button that changes the sample `name`."""
    container.button(
        label,
        icon=":material/shuffle:",
        key=f"shuffle-{name}",
        disabled=disabled,
        on_click=session.new_version,
        args=("shuffle", name),
    )
