"""Codecs of a run: fitted to its training images once, stored with it, and found again by the hash of its weights.

`python -m aecore.runs.compression.codecs FOLDER [BITS ...]` fits and stores them, by default for all settings, and
prints the progress as JSON lines.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial

from safetensors import SafetensorError
from safetensors.torch import load

from aecore.errors import InvalidInput, RunNotFound, UnreadableRun
from aecore.evaluation.compression.aez import Header, Source, hash_of, weights_hash
from aecore.evaluation.compression.codec import Codec
from aecore.evaluation.compression.methods import BITS, check_images, fit, model_method, restore
from aecore.models.autoencoder import Autoencoder
from aecore.runs.computed.computation import computation, computed_path, report, stored_paths
from aecore.runs.files.config_file import MAX_CACHED_FILES
from aecore.runs.run import Run
from aecore.utils.file_cache import FileCache
from aecore.utils.files import replace_file
from aecore.utils.strict_json import read_json, to_json

DEFAULT_BITS = 4

_weights = FileCache(lambda content: weights_hash(load(content)), MAX_CACHED_FILES)


def codec_of(run: Run, bits: int | None = None) -> Source:
    """Return a codec of a run's latest weights; fit it to the training images if none is stored.

    Args:
        run: the run.
        bits: bits per number of the code, one of `BITS`, by default `DEFAULT_BITS`; a codebook has its own.

    Raises:
        InvalidInput: the model cannot compress, or not to so many bits.
        UnreadableRun: the run has no weights, or they are damaged.
        DataUnavailable: no codec is stored, and the training images are not on this machine.
        OSError: the codec cannot be stored.
    """
    if source := stored_codec(run, bits):
        return source
    step = run.model_step() or 0  # before reading the model: training may go on
    model = run.model()
    weights = weights_hash(model.state_dict())
    training = run.config().dataset.load().training.images
    codec = fit(_method(model), model, training).codec(_setting(model, bits))
    return Source(run.id, step, weights, codec, _store(run, codec, weights))


def stored_codec(run: Run, bits: int | None = None) -> Source | None:
    """Return a codec of a run's latest weights if one is stored, without fitting it. Raises as `codec_of`."""
    step = run.model_step() or 0  # before reading the model: training may go on
    model = run.model()
    setting = _setting(model, bits)
    weights = weights_hash(model.state_dict())
    for codec_json, codec in _stored(run, model, weights, setting):
        return Source(run.id, step, weights, codec, codec_json)
    return None


def store_codecs(run: Run, bits: Sequence[int] = BITS) -> None:
    """Fit and store the codecs of some settings that are not stored, printing the progress; a codebook has one only.

    Raises:
        InvalidInput, UnreadableRun, DataUnavailable, OSError: see `codec_of`.
    """
    model = run.model()
    settings = [_setting(model, number) for number in bits] if _method(model) == "codes" else [_setting(model, None)]
    weights = weights_hash(model.state_dict())
    missing = [setting for setting in settings if not any(_stored(run, model, weights, setting))]
    if not missing:
        return
    report(run, 0, len(missing))
    fitted = fit(_method(model), model, run.config().dataset.load().training.images)
    for done, setting in enumerate(missing, 1):
        _store(run, fitted.codec(setting), weights)
        report(run, done, len(missing))


def in_run_folder(run: Run, source: Source) -> bool:
    """Return whether the codec is in the run's folder, and therefore in its export."""
    path = run.folder / _name(source.weights, source.codec.setting)
    with suppress(OSError):
        return hash_of(path.read_bytes()) == hash_of(source.codec_json)
    return False


def find_codec(header: Header, runs: Iterable[Run]) -> Codec:
    """Return the codec and the model that an .aez file was made with.

    Args:
        header: of the file.
        runs: where to look; the run may have another id than where it was made.

    Raises:
        RunNotFound: no run has these weights.
        InvalidInput: the codec in the file does not fit its model.
        UnreadableRun: the run has no such codec.
    """
    candidates = list(runs)
    matching = runs_with_weights(header, candidates)
    for run in matching:
        if codec := _codec_in(run, header):
            return codec
    if matching:
        raise UnreadableRun(
            f"This .aez file needs a codec that the run {matching[0].id} does not have here, because it was exported "
            "before the codec was made. Export the run again, or compress with --contained."
        )
    if any(run.id == header.run for run in candidates):
        raise RunNotFound(
            f"This .aez file was compressed with step {header.step:,} of the run {header.run}, which has other weights "
            "here. Only the weights of that step can open it."
        )
    raise RunNotFound(
        f"This .aez file was compressed with the run {header.run} at step {header.step:,}, which is not here. Export "
        f"it where it was trained (`python -m aecore export {header.run}`), and unpack the zip into the runs folder."
    )


def runs_with_weights(header: Header, runs: Iterable[Run]) -> list[Run]:
    """Return the runs whose model an .aez file was made with, first the one whose id it names."""
    candidates = sorted(runs, key=lambda run: run.id != header.run)  # usually it has the same id
    return [run for run in candidates if _weights_of(run, header) == header.weights]


def _weights_of(run: Run, header: Header) -> bytes | None:
    """Return the hash of a run's weights; None if there are none, or those of another run and step."""
    with suppress(OSError, ValueError, SafetensorError):
        if run.id == header.run or run.model_step() == header.step:
            return _weights.read(run.folder / "model.safetensors")
    return None


def _codec_in(run: Run, header: Header) -> Codec | None:
    """Return the codec that the file contains or the run stores; None if there is none."""
    model = run.model()
    if header.contained is not None:
        try:
            return restore(model, header.contained)
        except InvalidInput as error:
            raise InvalidInput(f"This .aez file is damaged: {error}") from error
    for codec_json, codec in _stored(run, model, header.weights, header.bits):
        if hash_of(codec_json) == header.codec_hash:
            return codec
    return None


def _method(model: Autoencoder) -> str:
    """Return how the model compresses. Raises InvalidInput if its examples are not images."""
    check_images(model)
    return model_method(model)


def _setting(model: Autoencoder, bits: int | None) -> int:
    """Return the setting of the model's codec. Raises InvalidInput."""
    if _method(model) == "indices":
        setting = (model.bottleneck.codebook_size - 1).bit_length()
        if bits not in (None, setting):
            raise InvalidInput(
                f"This model has a codebook, whose indices take {setting} bits; {bits} are not possible."
            )
        return setting
    if bits is not None and bits not in BITS:
        raise InvalidInput(f"{bits} bits per number are not possible; choose {BITS[0]} to {BITS[-1]}.")
    return DEFAULT_BITS if bits is None else bits


def _stored(run: Run, model: Autoencoder, weights: bytes, setting: int) -> Iterable[tuple[bytes, Codec]]:
    """Yield the stored codecs of a setting that belong to the model: in the run's folder, then in the cache."""
    for path in dict.fromkeys(stored_paths(run, _name(weights, setting))):
        with suppress(OSError, ValueError):
            codec_json = path.read_bytes()
            codec = restore(model, read_json(codec_json))
            if codec.setting == setting:
                yield codec_json, codec


def _store(run: Run, codec: Codec, weights: bytes) -> bytes:
    """Store a codec, and remove those of earlier weights."""
    path, codec_json = computed_path(run, _name(weights, codec.setting)), to_json(codec.to_json()).encode()
    if not run.folder.is_dir():
        raise UnreadableRun(f"The run {run.id} was deleted.")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, codec_json)
    for other in path.parent.glob("codec-*.json"):
        if not other.name.startswith(f"codec-{weights.hex()}-"):
            other.unlink(missing_ok=True)
    return codec_json


def _name(weights: bytes, setting: int) -> str:
    return f"compression/codec-{weights.hex()}-{setting}.json"


def main(arguments: Sequence[str]) -> int:
    """Store the codecs of the run whose folder is the first argument, for the bits that follow; the exit code."""
    folder, *bits = arguments
    return computation(folder, partial(store_codecs, bits=[int(number) for number in bits] or BITS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
