"""The report page: what it shows, in which order, and what never gets in."""

import base64
import re
import time
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mlops_lib.plots import DARK
from mlops_lib.reports.exporter import TEMPLATES, ReportExporter
from mlops_lib.reports.intervals import draw
from mlops_lib.reports.reading import read_report
from mlops_lib.reports.render import render_report
from mlops_lib.reports.view import tie
from mlops_lib.stats import Interval
from mlops_lib.verdict import Outcome
from tests.reports import samples

FAIL = samples.record(Outcome.FAIL)
PAGE = render_report(samples.notebook(), FAIL)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()


def text_of(html: str) -> str:
    """The page's words, without style and without ties between words."""
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return unescape(bare).replace("\N{NO-BREAK SPACE}", " ")


def of_outputs(*outputs: Any) -> str:
    cell = new_code_cell("x", id="one", outputs=list(outputs))
    return render_report(new_notebook(cells=[cell]), FAIL)


def test_the_page_tells_verdict_numbers_checks_story_and_origin_in_this_order() -> None:
    places = [
        PAGE.index(text)
        for text in (
            "<h1>", "FAIL</span>", FAIL["meaning"], "query topic is 0.41", FAIL["advice"],
            'class="tiles"', 'class="checks"', "Which columns moved?</h2>", "<figure>",
            "How this was made</h2>", "4f0c2f1d",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_the_title_names_the_outcome_and_the_question() -> None:
    assert f"<title>FAIL: {samples.TITLE}</title>" in PAGE


def test_there_is_one_h1_and_no_heading_level_is_left_out() -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", PAGE)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_contents_lead_to_headings_that_exist() -> None:
    linked = set(re.findall(r'href="#([^"]+)"', PAGE))
    assert {"checks", "s-which-columns-moved", "provenance"} <= linked
    assert linked <= set(re.findall(r'id="([^"]+)"', PAGE))


def test_headings_of_one_name_have_addresses_of_their_own() -> None:
    html = render_report(samples.with_markdown("## Same\n\n## Same"), FAIL)
    assert 'id="s-same"' in html
    assert 'id="s-same-2"' in html


def test_the_page_has_no_script_and_names_no_file_elsewhere() -> None:
    assert "<script" not in PAGE
    assert set(re.findall(r'\bsrc="(.{5})', PAGE)) == {"data:"}
    assert "url(" not in PAGE
    assert re.findall(r"<link[^>]*>", PAGE) == ['<link rel="icon" href="data:,">']


def test_the_content_policy_forbids_everything_but_data_images_and_own_style() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    assert policy is not None
    assert set(policy[1].split("; ")) == {
        "default-src 'none'", "img-src data:", "style-src 'unsafe-inline'", "base-uri 'none'",
        "form-action 'none'",
    }  # fmt: skip
    assert PAGE.index(policy[0]) < PAGE.index("<style>")


def test_equal_input_gives_equal_bytes() -> None:
    assert render_report(samples.notebook(), samples.record(Outcome.FAIL)) == PAGE


def test_rendering_changes_neither_notebook_nor_record() -> None:
    notebook, record = samples.notebook(), samples.record(Outcome.WARN)
    render_report(notebook, record)
    assert notebook == samples.notebook()
    assert record == samples.record(Outcome.WARN)


def test_a_report_is_rendered_within_its_share_of_the_time() -> None:
    notebook = samples.notebook()

    def seconds() -> float:
        start = time.process_time()
        render_report(notebook, FAIL)
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 0.15
    assert len(PAGE) < 300_000


def test_the_verdict_is_not_shown_twice() -> None:
    assert text_of(PAGE).count(FAIL["sentence"]) == 1
    assert text_of(PAGE).count(FAIL["meaning"]) == 1


def test_what_it_means_comes_first_and_the_evidence_right_below() -> None:
    banner = PAGE[PAGE.index("<header") : PAGE.index("</header>")]
    said = re.findall(r'<p class="(answer|evidence|advice)">(.*?)</p>', banner)
    assert [kind for kind, _ in said] == ["answer", "evidence", "advice"]
    assert said[0][1] == FAIL["meaning"]
    assert text_of(said[1][1]) == FAIL["sentence"]


def test_without_a_meaning_the_sentence_is_the_answer() -> None:
    html = render_report(samples.notebook(), samples.record(Outcome.PASS) | {"meaning": ""})
    assert '<p class="answer">retrieval hit rate is' in html
    assert '<p class="evidence">' not in html


def test_no_line_breaks_between_a_number_and_its_unit() -> None:
    record = samples.record(Outcome.UNDECIDED)
    cell = "<table><caption>From 4.1 % on</caption><tbody><tr><td>5 % (n = 12)</td></tr></tbody>"
    notebook = samples.with_output({"text/html": f"{cell}</table>"})
    html = render_report(notebook, record)
    assert "83.0\xa0% (95\xa0% interval 79.0\xa0% to 87.0\xa0%, n\xa0=\xa0311)" in html
    assert "<td>5\xa0% (n\xa0=\xa012)</td>" in html
    assert "From 4.1\xa0% on" in html


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("+9.6 points of 3", "+9.6~points of 3"),
        ("840 ms, 2.5 s", "840~ms, 2.5~s"),
        ("p < 0.001, p = 0.03", "p~<~0.001, p~=~0.03"),
        ("12 sessions, 5 pointers, map = 3", "12 sessions, 5 pointers, map = 3"),
    ],
)
def test_only_numbers_and_their_units_are_tied(text: str, tied: str) -> None:
    assert tie(text) == tied.replace("~", "\N{NO-BREAK SPACE}")


def test_parameters_are_told_once_at_the_foot() -> None:
    assert "days that are compared" not in PAGE
    assert PAGE.index("current_days") > PAGE.index('id="provenance"')


def test_the_title_of_the_notebook_is_not_repeated_in_the_story() -> None:
    assert text_of(PAGE).count(samples.TITLE) == 2  # <title> and <h1>


def test_code_and_messages_are_folded() -> None:
    for inside in ("drift.compare(reference, current)", "3 rows without a time"):
        before = PAGE[: PAGE.index(inside)]
        assert before.rindex("<details") > before.rindex("</details>")


def test_every_check_has_its_numbers_in_words_beside_the_drawing() -> None:
    assert 'aria-label="estimate 0.41, interval 0.36 to 0.47, limit at most 0.25"' in PAGE
    assert "about 1,840 observations would decide" in PAGE


def test_unknown_numbers_are_called_unknown() -> None:
    record = samples.record(Outcome.PASS)
    record["checks"][0] |= {"estimate": None, "interval": [None, None], "n": None}
    html = render_report(samples.notebook(), record)
    assert '<strong class="whole">unknown</strong>' in html


def test_many_checks_that_pass_are_folded_and_the_others_are_not() -> None:
    record = samples.record(Outcome.FAIL)
    passing = record["checks"][3]
    record["checks"] += [passing | {"name": f"column {i}"} for i in range(30)]
    html = render_report(samples.notebook(), record)
    assert "33 checks that pass" in html
    assert (
        html.index("query topic</span>")
        < html.index('<details class="more">')
        < html.index("column 0")
    )


def test_an_incomplete_run_says_so_first_with_its_error() -> None:
    html = render_report(samples.notebook(), samples.incomplete())
    head = text_of(html[: html.index('class="columns"')])
    for told in ("INCOMPLETE", "Cell error in cell 5", "KeyError: 'query_topic'", "drift.compare("):
        assert told in head
    assert 'id="checks"' not in html
    assert "\x1b" not in html


def test_all_problems_of_a_bad_input_are_told() -> None:
    record = samples.incomplete()
    problems = "a.csv: no such file\nb.csv, row 3, kind: must be one of x, y"
    record["error"] |= {"kind": "bad input", "message": problems, "cell": None}
    assert "b.csv, row 3, kind: must be one of x, y" in render_report(samples.notebook(), record)


def test_a_figure_has_its_alternative_and_its_caption() -> None:
    picture = samples.figure()
    assert f'alt="{picture.alt}"' in PAGE
    assert f"<figcaption>{picture.caption}</figcaption>" in PAGE


def test_a_figure_in_our_colours_brings_its_dark_colours() -> None:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)', PAGE)
    assert found is not None
    svg = base64.b64decode(found[1]).decode()
    assert "prefers-color-scheme:dark" in svg
    assert all(dark in svg for dark in DARK.values())
    assert "<metadata" not in svg


def test_the_style_of_the_page_knows_the_colours_of_the_figures() -> None:
    css = (TEMPLATES / "mlops_report" / "report.css").read_text(encoding="utf-8")
    from mlops_lib.plots import OUTCOME_COLOURS

    for outcome, colour in OUTCOME_COLOURS.items():
        assert f"--{outcome}: {colour};" in css
        assert f"--{outcome}: {DARK[colour]};" in css


def test_a_foreign_figure_keeps_its_colours_on_a_light_ground() -> None:
    html = of_outputs(
        new_output("display_data", data={"image/svg+xml": '<svg fill="black"></svg>'})
    )
    assert '<figure class="raster">' in html
    assert "without a description" in html


def test_png_is_shown_and_what_only_says_it_is_png_is_not() -> None:
    shown = of_outputs(new_output("display_data", data={"image/png": PNG}))
    assert 'src="data:image/png;base64,' in shown
    faked = {"image/png": base64.b64encode(b"<svg onload=x()>").decode(), "text/plain": "instead"}
    assert "data:image/png" not in of_outputs(new_output("display_data", data=faked))
    assert "instead" in of_outputs(new_output("display_data", data=faked))


def test_a_figure_with_entities_gives_way_to_its_text() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'
    html = of_outputs(
        new_output("display_data", data={"image/svg+xml": bomb, "text/plain": "words"})
    )
    assert "data:image/svg" not in html
    assert "words" in html


@pytest.mark.parametrize(
    "mime", ["application/javascript", "application/vnd.jupyter.widget-view+json", "video/mp4"]
)
def test_forms_that_are_not_allowed_give_way_to_plain_text(mime: str) -> None:
    output = new_output("display_data", data={mime: "evil()", "text/plain": "plain words"})
    html = of_outputs(output)
    assert "evil()" not in html
    assert "plain words" in html


def test_html_that_only_a_script_would_fill_gives_way_to_plain_text() -> None:
    data = {"text/html": "<div id=p></div><script>draw()</script>", "text/plain": "Figure()"}
    html = of_outputs(new_output("display_data", data=data))
    assert "Figure()" in html
    assert "draw()" not in html


def test_tables_of_pandas_get_scopes_and_a_place_for_the_keyboard() -> None:
    assert '<th scope="row">Mon</th>' in PAGE
    assert '<th scope="col">requests</th>' in PAGE
    assert "<th></th>" not in PAGE
    assert re.search(r'<div class="scroll" role="region" tabindex="0" aria-label="Table 2">', PAGE)
    assert 'aria-label="Table 1: One of three columns moved: query topic."' in PAGE
    assert "color: red" not in PAGE


def test_a_long_text_in_a_table_gets_the_width_to_be_read() -> None:
    cells = f"<td>{'word ' * 40}</td><td>short</td>"
    html = of_outputs(
        new_output(
            "display_data", data={"text/html": f"<table><tbody><tr>{cells}</tr></tbody></table>"}
        )
    )
    assert '<td class="long">word' in html
    assert "<td>short</td>" in html


def test_a_caption_does_not_scroll_away_with_its_table() -> None:
    assert "<figcaption>One of three columns moved: query topic.</figcaption><div" in PAGE
    assert "<caption>One" not in PAGE


def test_long_tables_streams_and_texts_are_cut_and_say_so() -> None:
    rows = "<tr><td>1</td></tr>" * 500
    html = of_outputs(
        new_output("display_data", data={"text/html": f"<table><tr><th>a</th></tr>{rows}</table>"}),
        new_output("stream", name="stdout", text="x" * 200_000),
        new_output("display_data", data={"text/plain": "y" * 200_000}),
    )
    assert "… 300 further rows are not shown" in html
    assert "… (196,000 further characters are not shown)" in html
    assert len(html) < 100_000


def test_a_progress_bar_leaves_its_last_state() -> None:
    html = of_outputs(new_output("stream", name="stdout", text="1/3\r2/3\r3/3\ndone\n"))
    assert "3/3\ndone" in html
    assert "2/3" not in html


def test_a_thousand_outputs_do_not_make_a_thousand_blocks() -> None:
    html = of_outputs(
        *(new_output("display_data", data={"text/plain": str(i)}) for i in range(1_000))
    )
    assert "950 further outputs are not shown" in html


def test_lone_surrogates_do_not_keep_a_page_from_being_written() -> None:
    html = of_outputs(new_output("stream", name="stdout", text="a\ud800b"))
    html.encode("utf-8")
    assert "a⟨U+D800⟩b" in html


def test_a_notebook_without_cells_still_has_its_verdict() -> None:
    html = render_report(new_notebook(), FAIL)
    assert "query topic is 0.41" in html
    assert 'class="narrative"' not in html


def test_papermills_own_error_note_is_left_to_the_banner() -> None:
    note = new_markdown_cell(
        "An Exception was encountered", metadata={"tags": ["papermill-error-cell-tag"]}
    )
    notebook = samples.notebook()
    notebook.cells.insert(0, note)
    assert "An Exception was encountered" not in render_report(notebook, samples.incomplete())


def test_nbconvert_finds_the_verdict_in_the_notebook() -> None:
    html, _ = ReportExporter().from_notebook_node(samples.saved_and_read(samples.notebook()))
    assert f"<title>FAIL: {samples.TITLE}</title>" in html
    assert "query topic is 0.41" in html


def test_nbconvert_says_where_a_notebook_has_no_verdict() -> None:
    html, _ = ReportExporter().from_notebook_node(samples.with_markdown("text"))
    assert "<title>NO VERDICT: Title</title>" in html
    assert "has published no verdict" in html


def test_nbconvert_knows_the_exporter_by_its_name() -> None:
    from importlib.metadata import entry_points

    points = entry_points(group="nbconvert.exporters", name="mlops-report")
    assert [point.load() for point in points] == [ReportExporter]


def test_the_drawing_keeps_order_and_side() -> None:
    report = read_report(samples.record(Outcome.FAIL))
    drawing = draw(report.checks[0])  # at most 0.25, interval 0.36 to 0.47
    assert drawing is not None
    assert drawing.limit is not None
    assert drawing.low is not None
    assert drawing.estimate is not None
    assert drawing.limit < drawing.low < drawing.estimate
    assert (drawing.good_from, drawing.good_length) == (0, drawing.limit)


def test_a_check_of_one_number_is_drawn_in_the_middle() -> None:
    row = samples.check("x", Outcome.PASS, limit=None, interval=Interval(0.91, 0.91))
    record = samples.record(Outcome.PASS) | {"checks": []}
    record["checks"] = [
        {"name": row.name, "outcome": "pass", "estimate": 0.91, "interval": [0.91, 0.91], "n": 3}
    ]
    drawing = draw(read_report(record).checks[0])
    assert drawing is not None
    assert (drawing.estimate, drawing.length) == (50, 0)
