"""How large a model's decoder is: the numbers that are needed to decode its codes."""

from __future__ import annotations

import torch

from aecore.models.autoencoder import Autoencoder


def decoder_values(model: Autoencoder) -> int:
    """Count the parameters and buffers that decoding a code uses, tied weights and the codebook included."""
    weight = next(model.parameters())
    z = torch.zeros(1, *model.latent_shape, device=weight.device, dtype=weight.dtype)
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.enable_grad():
            parameters = [p for p in model.parameters() if p.requires_grad]
            found = torch.autograd.grad(model.decode_logits(z).sum(), parameters, allow_unused=True)
    finally:
        for module in training:
            module.training = True
    used = sum(p.numel() for p, gradient in zip(parameters, found, strict=True) if gradient is not None)
    buffers = sum(
        buffer.numel() for name, buffer in model.named_buffers() if name.startswith("decoder.") or "codebook" in name
    )
    return used + buffers
