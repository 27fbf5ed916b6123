"""Measure how soon the pages answer, in a real browser, as Markdown: python -m benchmarks.pages

It starts the server with an empty home folder and visits it with a headless Chromium on the same machine: once while
nothing else runs, and once while a worker trains at full speed. The browser measures the time, by its own clock, from
the event of the pointer or the key, or from the start of the navigation, to the first frame in which the page shows
what the table names. `slowdown` compares the speed of a training while a browser shows it with that while none does.

    python -m benchmarks.pages                                      # 15 minutes
    python -m benchmarks.pages --only reload pen --repetitions 5    # quick
    python -m benchmarks.pages --tree ../before                     # another checkout
"""
