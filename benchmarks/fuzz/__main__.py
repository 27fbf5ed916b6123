"""Train random settings for a few steps; none may finish with a number that is not finite: python -m benchmarks.fuzz

python -m benchmarks.fuzz --configs 5000
python -m benchmarks.fuzz --first 1234 --configs 1     # one config again, as the table names it
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from aecore.runs.store import Store
from benchmarks.arguments import argument_parser, count
from benchmarks.fuzz.configs import random_config
from benchmarks.fuzz.runs import problem_of_run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__ or "")
    parser.add_argument("--configs", type=count, default=1000, help="number of random configs; default: 1000")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one; default: 0")
    options = parser.parse_args(arguments)
    outcomes: Counter[str] = Counter()
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for seed in tqdm(range(options.first, options.first + options.configs), unit=" configs"):
            status, problem = problem_of_run(store, random_config(seed))
            outcomes[status] += 1
            if problem:
                problems.append(f"seed {seed}: {problem}")
    print(", ".join(f"{count:,} {status}" for status, count in outcomes.most_common()))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
