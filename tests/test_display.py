import pytest

from mlops_lib.display import MOST_ROWS, TableView, records_view

EVIL = "<img src=x onerror=alert(1)>"


def test_a_table_without_rows_is_its_caption_alone() -> None:
    view = TableView(caption="No <gap>.", columns=("Gap",), rows=())
    assert view._repr_html_() == "<p>No &lt;gap&gt;.</p>"


def test_every_text_is_escaped() -> None:
    html = TableView(caption=EVIL, columns=(EVIL, "n"), rows=((EVIL, EVIL),))._repr_html_()
    assert "<img" not in html
    assert html.count("&lt;img") == 4


def test_a_table_has_caption_and_header_scopes() -> None:
    html = TableView(caption="Two.", columns=("a", "b"), rows=((1, 2),))._repr_html_()
    assert "<caption>Two.</caption>" in html
    assert html.count('<th scope="col">') == 2
    assert html.count('<th scope="row">') == 1


def test_numeric_columns_align_right() -> None:
    html = TableView(caption="", columns=("a", "b"), rows=((1, 2),), numeric=("b",))._repr_html_()
    assert '<td class="number">2</td>' in html
    assert '<th scope="col" class="number">b</th>' in html


def test_a_long_table_is_cut_and_says_so() -> None:
    rows = tuple((i, i) for i in range(MOST_ROWS + 1234))
    html = TableView(caption="Long.", columns=("a", "b"), rows=rows)._repr_html_()
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "1,234 further rows are not shown" in html


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        TableView(caption="", columns=("a", "b"), rows=((1, 2, 3),))._repr_html_()


def test_records_become_rows_in_the_order_of_their_keys() -> None:
    view = records_view([{"a": 1, "b": 2}, {"b": 4, "a": 3}], caption="c", numeric=("b",))
    assert view.columns == ("a", "b")
    assert view.rows == ((1, 2), (3, 4))


def test_no_records_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        records_view([], caption="nothing")
