"""Draw synthetic face codes, spread as those of real people are, that are nobody's."""

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]
"""As a store keeps them."""
Portraits = NDArray[np.float64]
"""As the encoder gives them."""

TYPICAL_DISTANCE = 0.85
"""Between two different people, measured over real templates of this model."""
DECAY = 19.5
"""Of the variance from one axis to the next: about 39 effective dimensions, as measured."""


def draw_strangers(
    people: Portraits,
    portraits: Portraits,
    *,
    count: int,
    seed: int,
    keep: float,
) -> Codes:
    """Draw `count` codes around the middle of `people`, none within `keep` of a portrait.

    `people` (p, 128) holds one code for each person, `portraits` (n, 128) every code that the
    strangers must keep away from. The same seed gives the same codes, shape (count, 128).
    """
    generator = np.random.default_rng(seed)
    axes = _axes(generator, people.shape[1])
    middle = people.mean(axis=0)
    drawn: list[Codes] = []
    missing = count
    while missing:
        offsets = generator.standard_normal((missing, len(axes))) @ axes
        codes = (middle + offsets).astype(np.float32)
        far = codes[nearest(codes, portraits) > keep]
        drawn.append(far)
        missing -= len(far)
    return np.concatenate(drawn)


def nearest(codes: Codes, portraits: Portraits) -> NDArray[np.float64]:
    """Give each code's distance to the nearest portrait, shape (len(codes),)."""
    far = np.full(len(codes), np.inf)
    for portrait in portraits:
        far = np.minimum(far, np.linalg.norm(codes.astype(np.float64) - portrait, axis=1))
    return far


def _axes(generator: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Turn the axes at random and scale them, so that the typical distance comes out."""
    turned, triangle = np.linalg.qr(generator.standard_normal((size, size)))
    turned *= np.sign(np.diag(triangle))  # else the signs would be the linear algebra library's
    variances = np.exp(-np.arange(size) / DECAY)
    variances *= TYPICAL_DISTANCE**2 / 2 / variances.sum()
    scaled: NDArray[np.float64] = np.sqrt(variances)[:, None] * turned.T
    return scaled
