"""Compare the speed of training with Keras, as Markdown: python -m benchmarks.versus_keras

Keras trains as its tutorials do: `model.fit` on NumPy arrays in float32, with `shuffle=True`, `verbose=0` and no
validation. The first steps, in which Keras compiles, do not count. `benchmarks.training_speed` describes the
measurement.

    pip install -c constraints.txt -e ".[bench]"
    python -m benchmarks.versus_keras --data mnist-5k --rounds 5
"""

from __future__ import annotations

import time
from typing import Any

from aecore.config.run_config import RunConfig
from benchmarks.training_speed import (
    WARM_UP,
    compare,
    load,
    machine,
    measure_ours,
    measured_in,
    one_process,
    parse_arguments,
    start_torch,
)
from benchmarks.usual_keras import build, fit, pixels, require_keras, start_keras, versions


def measure_keras(config: RunConfig, seconds: float) -> float:
    """Return Keras's images per second, over whole epochs: a callback after each batch would change its speed."""
    x, model = pixels(config, load(config.dataset).training.images), build(config)
    fit(config, model, x[: WARM_UP * config.training.batch_size], 1)
    started, elapsed, images = 0.0, 0.0, 0

    def start(epoch: int, logs: Any) -> None:
        nonlocal started
        started = started or time.perf_counter()

    def count(epoch: int, logs: Any) -> None:
        nonlocal elapsed, images
        elapsed, images = time.perf_counter() - started, images + len(x)
        model.stop_training = elapsed >= seconds

    fit(config, model, x, 10_000, on_epoch_begin=start, on_epoch_end=count)
    return images / elapsed


def main() -> None:
    arguments = parse_arguments("Compare the speed of training with Keras.", "mnist")
    require_keras()
    with one_process(start_keras) as keras, one_process(start_torch) as ours:
        table = compare(
            "Keras",
            measured_in(keras, measure_keras, arguments.seconds),
            measured_in(ours, measure_ours, arguments.seconds),
            arguments.data,
            arguments.rounds,
        )
        print(f"{table}\n\n{machine(**keras.submit(versions).result())}")


if __name__ == "__main__":
    main()
