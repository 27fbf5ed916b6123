"""Where the app's files are, and its name."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"
MAIN_SCRIPT = ROOT / "pages" / "parts" / "shell" / "main.py"
NAME = "Autoencoder Lab"
