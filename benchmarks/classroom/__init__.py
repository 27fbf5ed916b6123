"""Measure how the app serves and trains a class, as Markdown: python -m benchmarks.classroom

It starts the server with an empty home folder and lets N virtual visitors open the Train page, press Train within ten
seconds and watch until their run has ended. A visitor speaks Streamlit's own protocol and repeats what the page's
scripts would ask for; it draws nothing and loads no static files. A first visitor, who is not measured, opens the page
before, so that the numbers and the memory before the class do not contain the imports of the first visit.

    python -m benchmarks.classroom --visitors 1 10 --seconds 120                # quick
    python -m benchmarks.classroom --tree ../before . --visitors 1 10 30 60     # compare two checkouts
"""
