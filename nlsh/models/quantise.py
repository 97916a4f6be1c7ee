"""Q4_0, the four-bit type of ggml that llama.cpp computes fastest with on a CPU.

A block is 32 weights: a float16 scale, then 16 bytes, of which byte j holds weight j in its low half and weight j + 16
in its high half. A weight is scale * (half - 8). Layout: ggml, `block_q4_0`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BLOCK: Final = 32
"""Weights that share a scale."""

_LEVELS: Final = (-8.0, -7.5, -8.5, -9.0, -9.5, -10.0, 7.5)
"""Where on the scale the weight farthest from zero is tried: the usual -8 is seldom the closest for the other 31."""

_AT_ONCE: Final = 1 << 15
"""Blocks that are worked on together: few enough to stay near the processor."""


def q4_0(weights: Floats) -> NDArray[np.uint8]:
    """`weights` (rows, a multiple of 32) as Q4_0: (rows, 18 bytes for every 32 weights)."""
    import numpy as np

    blocks = weights.reshape(-1, BLOCK)
    parts = [_quantised(blocks[at : at + _AT_ONCE]) for at in range(0, len(blocks), _AT_ONCE)]
    return np.concatenate(parts).reshape(weights.shape[0], -1)


def _quantised(blocks: Floats) -> NDArray[np.uint8]:
    import numpy as np

    scales, halves = _closest(blocks)
    bytes_of_halves = halves[:, : BLOCK // 2] | halves[:, BLOCK // 2 :] << 4
    return np.concatenate([scales.astype("<f2").view(np.uint8), bytes_of_halves], axis=1)


def _closest(blocks: Floats) -> tuple[Floats, NDArray[np.uint8]]:
    """The scales (blocks, 1) and the halves (blocks, 32) that come closest to `blocks` in the squared sense."""
    import numpy as np

    peaks = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1, keepdims=True), axis=1)
    scales, levels, errors = best = _tried(blocks, peaks / _LEVELS[0])
    for level in _LEVELS[1:]:
        tried = _tried(blocks, peaks / level)
        better = (tried[2] < errors)[:, 0]
        for kept, new in zip(best, tried, strict=True):
            kept[better] = new[better]
    return scales, (levels + 8).astype(np.uint8)


def _tried(blocks: Floats, scales: Floats) -> tuple[Floats, Floats, Floats]:
    """The levels -8..7 that `scales` give, the scales that fit those levels best, and the squared errors then."""
    import numpy as np

    levels = np.clip(np.rint(blocks * _inverse(scales)), -8, 7)
    fitted = _sum(blocks * levels) * _inverse(_sum(levels * levels))
    # The error is measured with the scale as it will be stored.
    stored = fitted.astype(np.float16).astype(np.float32)
    return stored, levels, _sum((blocks - stored * levels) ** 2)


def _inverse(values: Floats) -> Floats:
    """1 / value, and 0 for 0: a block of zeros has the scale 0."""
    import numpy as np

    return np.divide(1.0, values, out=np.zeros_like(values), where=values != 0)


def _sum(values: Floats) -> Any:
    return values.sum(axis=1, keepdims=True)
