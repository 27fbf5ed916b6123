"""Where the app's files are, and its name."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"
MAIN_SCRIPT = ROOT / "pages" / "parts" / "shell" / "main.py"
UPLOT = "vendor/uplot-1.6.32"  # the chart library, below `assets/`, and below the server's address
UPLOT_SCRIPT = "uPlot.iife.min.js"
NAME = "Autoencoder Lab"
