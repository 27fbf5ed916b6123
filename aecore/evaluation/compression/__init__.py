"""Lossy compression by a code: quantization, entropy coding, and the rate-distortion of methods and file formats."""
