"""The look of every figure, and the picture: a figure with its caption and its text alternative.

Figures are text SVG with a fixed salt, so that equal inputs give equal bytes. The colours are
fixed words (`INK`, `REFERENCE`…): the report maps them to a dark page by style, without a script.
No pyplot, hence no hidden state.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

INK = "#1f2933"
MUTED = "#5f6b7a"
GRID = "#d9dee5"
REFERENCE = "#8a94a6"
CURRENT = "#2563c9"
GOOD = "#1a7f4b"
CAUTION = "#a15c00"
BAD = "#c0322b"
UNDECIDED = "#6b4fb3"

DARK = {
    INK: "#e6eaf0",
    MUTED: "#a7b1c0",
    GRID: "#3a4350",
    REFERENCE: "#97a2b4",
    CURRENT: "#7db0ff",
    GOOD: "#5cc98c",
    CAUTION: "#e6a652",
    BAD: "#ff8d85",
    UNDECIDED: "#b9a3f5",
}
"""Each colour on a dark page; every pair has a contrast of at least 3 to 1 on its ground."""

OUTCOME_COLOURS = {"pass": GOOD, "warn": CAUTION, "fail": BAD, "undecided": UNDECIDED}

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "mlops-lib",
    "font.family": "sans-serif",
    "font.sans-serif": ["system-ui", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.transparent": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure that shows itself as SVG, with its caption and its text alternative.

    Attributes:
        figure: drawn with `new_figure`; its title states the finding.
        caption: one sentence below the figure: what it shows and from how much data.
        alt: what a reader who cannot see it needs: the statistic in words.
    """

    figure: "Figure"
    caption: str
    alt: str

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """SVG with alt and caption as its metadata."""
        del include, exclude
        svg = to_svg(self.figure)
        return (
            {"image/svg+xml": svg, "text/plain": self.alt},
            {"image/svg+xml": {"alt": self.alt, "caption": self.caption}},
        )


def new_figure(
    *, width: float = 7.2, height: float = 3.2, rows: int = 1, columns: int = 1
) -> tuple["Figure", Any]:
    """A figure in the house style with one Axes, or an array of them.

    Args:
        width: in inches; 7.2 fills the text column of a report.
        height: in inches.
        rows: of panels.
        columns: of panels.

    Example:
        >>> figure, axes = new_figure()
        >>> axes.get_title()
        ''
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes: Axes | Any = figure.subplots(rows, columns)
    return figure, axes


def headline(owner: "Axes | Figure", text: str) -> None:
    """Set the title that states the finding: to the left, bold, and never read as a formula.

    `Axes.set_title` takes its place and weight from the global style at the moment of the call,
    which is not the house style any more; hence this.

    Example:
        >>> _, axes = new_figure()
        >>> headline(axes, "Latency did not move")
        >>> axes.get_title(loc="left")
        'Latency did not move'
    """
    look: Any = {
        "fontsize": _STYLE["axes.titlesize"],
        "fontweight": _STYLE["axes.titleweight"],
        "color": INK,
        "parse_math": False,
    }
    if hasattr(owner, "suptitle"):
        owner.suptitle(text, x=0.01, ha="left", **look)
    else:
        owner.set_title(text, loc="left", pad=_STYLE["axes.titlepad"], **look)


def legend(owner: "Axes | Figure", **options: Any) -> "Legend":  # noqa: ANN401
    """A legend in the house style: no frame, and ink that the report can turn for a dark page.

    Example:
        >>> _, axes = new_figure()
        >>> _ = axes.plot([0, 1], [0, 1], label="positive feedback")
        >>> legend(axes, loc="lower right").get_frame_on()
        False
    """
    return owner.legend(**{"frameon": False, "labelcolor": INK, "fontsize": 9, **options})


def to_svg(figure: "Figure") -> str:
    """The figure as SVG text: the same figure gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with mpl.rc_context(_STYLE):
        # Not `savefig`: it draws everything twice, once only to lay it out.
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
        figure.set_layout_engine("none")  # laid out again, it would move by a fraction
    return buffer.getvalue()
