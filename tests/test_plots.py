import pytest

from mlops_lib import plots
from mlops_lib.plots import Picture, headline, new_figure, to_svg


def drawn() -> Picture:
    figure, axes = new_figure()
    axes.plot([1, 2, 3], [1, 3, 2], color=plots.CURRENT)
    headline(axes, "Latency fell")
    return Picture(figure=figure, caption="Three days.", alt="Latency fell from 3 to 2.")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_same_figure_gives_the_same_bytes() -> None:
    picture = drawn()
    first = to_svg(picture.figure)
    assert to_svg(picture.figure) == first
    assert to_svg(drawn().figure) == first


def test_text_stays_text_and_no_date_is_written() -> None:
    svg = to_svg(drawn().figure)
    assert "Latency fell" in svg
    assert "<dc:date>" not in svg


def test_a_picture_shows_itself_with_alt_and_caption() -> None:
    data, metadata = drawn()._repr_mimebundle_()
    assert data["image/svg+xml"].lstrip().startswith("<?xml")
    assert data["text/plain"] == "Latency fell from 3 to 2."
    assert metadata["image/svg+xml"] == {
        "alt": "Latency fell from 3 to 2.",
        "caption": "Three days.",
    }


def test_a_headline_is_bold_and_to_the_left() -> None:
    _, axes = new_figure()
    headline(axes, "Up")
    assert axes.get_title(loc="left") == "Up"
    assert axes.get_title(loc="center") == ""


def test_panels_come_as_an_array() -> None:
    _, axes = new_figure(rows=2, columns=3)
    assert axes.shape == (2, 3)


def test_the_global_style_is_left_alone() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    to_svg(drawn().figure)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("colour", [c for c in plots.DARK if c != plots.GRID])
def test_colours_can_be_seen_on_light_and_dark_pages(colour: str) -> None:
    # WCAG 2.2, 1.4.11: graphical objects need 3 to 1; here on white and on near black.
    assert contrast(colour, "#ffffff") >= 3
    assert contrast(plots.DARK[colour], "#14181f") >= 3


def test_every_outcome_has_a_colour() -> None:
    assert set(plots.OUTCOME_COLOURS) == {"pass", "warn", "fail", "undecided"}
