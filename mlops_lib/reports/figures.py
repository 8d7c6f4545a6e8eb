"""Figures as data images: in an image no script runs, and nothing is fetched."""

import base64
import binascii
import re
from functools import cache

from mlops_lib.plots import DARK, GRID, INK

_LARGEST = 400_000
"""Characters of one figure; a larger one would be most of the page."""

_DEFAULTS = {"#000000": DARK[INK], "#cccccc": DARK[GRID], "#ffffff": "#12161c"}
"""Colours of matplotlib's own (text, frame and ground of a legend) and what they become."""

_PNG = b"\x89PNG\r\n\x1a\n"
_NOISE = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE[^>\[]*>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL
)
_ROOT = re.compile(r"<svg\b[^>]*>")


def follows_the_page(svg: str) -> bool:
    """Whether a figure is drawn in the colours of the house, which have a dark counterpart."""
    return any(colour in svg for colour in DARK)


def svg_address(svg: str) -> str | None:
    """The address of an SVG figure, its colours following the reader's light or dark page.

    Args:
        svg: untrusted SVG text.

    Returns:
        A data address for `<img>`; None where it is no SVG, too large, or declares entities.

    Example:
        >>> svg_address("<svg/>")[:26], svg_address("no figure")
        ('data:image/svg+xml;base64,', None)
    """
    drawing = _NOISE.sub("", svg).strip()
    root = _ROOT.search(drawing)
    if root is None or "<!" in drawing[: root.end()] or len(drawing) > _LARGEST:
        return None
    if follows_the_page(drawing) and not root[0].endswith("/>"):
        drawing = f"{drawing[: root.end()]}{_dark_style()}{drawing[root.end() :]}"
    return _address("image/svg+xml", drawing.encode("utf-8", "replace"))


def png_address(encoded: str) -> str | None:
    """The address of a PNG figure.

    Args:
        encoded: untrusted base64.

    Returns:
        A data address for `<img>`; None where it is no PNG or too large.

    Example:
        >>> png_address("bm8gUE5H") is None
        True
    """
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _address("image/png", raw) if raw.startswith(_PNG) and len(raw) <= _LARGEST else None


def _address(mime: str, raw: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(raw).decode('ascii')}"


@cache
def _dark_style() -> str:
    """Each colour of the house and its counterpart on a dark page; what has no colour is ink."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in {**DARK, **_DEFAULTS}.items()
        for what in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme:dark){{svg{{fill:{DARK[INK]}}}{rules}}}</style>"
