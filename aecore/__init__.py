"""aecore: autoencoders as network x bottleneck x (corruption, penalty), trained by one generator.

`__init__.pyi` lists the public names. Each is imported at its first use, because importing torch takes seconds.
"""

import os

import lazy_loader

from aecore.utils.version import VERSION as __version__  # noqa: F401 - the stub lists it

# OpenMP reads this when torch is loaded, so it is set before any other import. Threads that spin while they wait slow
# down other processes: measured on 2 cores next to one busy process, 4 steps/s, and 77 with a short spin. A process
# alone is as fast as before.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
