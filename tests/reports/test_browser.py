"""The pages in a real browser: nothing that a cell says runs, and everybody can read them.

Each payload is put into every place where untrusted text enters, and the page is opened with its
content policy removed, so that it is the cleaning that is tested. A bare page with the same payload
shows that the detector works.
"""

import importlib.util
import os
import shutil
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Error, sync_playwright

from mlops_lib.display import TableView
from mlops_lib.reports.exporter import ReportExporter
from mlops_lib.reports.index import render_index
from mlops_lib.reports.publishing import VERDICT_MIME
from mlops_lib.reports.render import render_report
from mlops_lib.verdict import Outcome
from tests.reports import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

WAIT = 60
"""Milliseconds that a payload is given to act."""

IN_CI = os.environ.get("CI") == "true"
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)

# The fourteen kinds of shared/reference/reliability.md, section 2a.
PAYLOADS = {
    "script": "<script>document.title='PWNED'</script>",
    "onerror": "<img src=x onerror=\"document.title='PWNED'\">",
    "svg": "<svg onload=\"document.title='PWNED'\"><script>document.title='PWNED'</script></svg>",
    "srcdoc": "<iframe srcdoc=\"<script>parent.document.title='PWNED'</script>\"></iframe>",
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/r">',
    "base": '<base href="https://evil.example/"><a href="b">x</a>',
    "form": '<form action="https://evil.example/f"><button>x</button></form>',
    "javascript link": "<a href=\"javascript:void(document.title='PWNED')\">x</a>",
    "ontoggle": "<details open ontoggle=\"document.title='PWNED'\">x</details>",
    "onfocus": "<input autofocus onfocus=\"document.title='PWNED'\">",
    "import": '<style>@import url("https://evil.example/s.css");</style>',
    "beacon": '<img src="https://evil.example/i.png">',
    "breakout": '"\'><p onmouseover="document.title=\'PWNED\'">x</p><a title="',
    "dialog": "</script></style></title></textarea>--><script>alert(1)</script>",
}
MARKDOWN = {
    "markdown link": "[x](javascript:void(document.title='PWNED'))",
    "markdown picture": "![x](https://evil.example/m.png)",
    "markdown breakout": "[x](https://a.example \"' onmouseover=document.title='PWNED' y='\")",
}
STRUCTURE = """() => [...document.querySelectorAll('*')].filter(e =>
    ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'INPUT'].includes(e.tagName)
    || [...e.attributes].some(a => a.name.startsWith('on'))
    || (e.tagName === 'A' && /^(java|vb)script:|^data:/i.test(e.href))
    || (e.tagName === 'META' && e.httpEquiv === 'refresh')
    || (e.tagName === 'IMG' && !e.src.startsWith('data:'))).map(e => e.outerHTML.slice(0, 120))"""
PROVOKE = """() => {
    for (const e of document.querySelectorAll('body *')) {
        e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
        if (e.tagName === 'DETAILS') e.open = true;
    }
    for (const e of document.querySelectorAll('a, button'))
        if (!/^(https:|mailto:|[.][/])/.test(e.getAttribute('href'))) e.click();
}"""


def chromium() -> str | None:
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def axe_script() -> str | None:
    """Where axe-core is, if anywhere: it is never fetched."""
    package = importlib.util.find_spec("axe_playwright_python")
    places = [
        os.environ.get("MLOPS_AXE", ""),
        str(Path(package.origin).with_name("axe.min.js")) if package and package.origin else "",
        "node_modules/axe-core/axe.min.js",
    ]
    found = next((Path(place) for place in places if place and Path(place).is_file()), None)
    return found.read_text(encoding="utf-8") if found else None


def missing(what: str) -> None:
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must not skip this")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    path = chromium()
    if path is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=LAUNCH)
        yield started
        started.close()


@pytest.fixture(scope="module")
def page(browser: "Browser") -> "Page":
    """One tab for all: to open one takes longer than to use it."""
    return browser.new_context().new_page()


def show(page: "Page", path: Path, *, width: int = 1280, scheme: Any = "light") -> "Page":
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, media="screen")
    page.goto(path.as_uri())
    return page


def watch(page: "Page") -> set[str]:
    """Dialogs and requests from now on; what the content policy stops is no request."""
    seen: set[str] = set()

    def on_dialog(dialog: Any) -> None:
        seen.add("dialog")
        dialog.dismiss()

    def on_request(request: Any) -> None:
        if request.url.startswith("https:"):
            seen.add(f"request {request.url}")

    def on_failure(request: Any) -> None:
        if "csp" in str(request.failure).lower():
            seen.discard(f"request {request.url}")

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    page.on("requestfailed", on_failure)
    page.route("https://**", lambda route: route.abort())
    return seen


def effects(context: "BrowserContext", path: Path, *, patience: int = 1) -> set[str]:
    """What a page does that a report must not do; waits longer, up to `patience`, for the first."""
    page = context.new_page()
    seen = watch(page)
    page.goto(path.as_uri(), wait_until="commit" if patience > 1 else "load")
    for _ in range(patience):
        with suppress(Error):  # the payload may be leaving the page at this very moment
            seen |= {f"element {each}" for each in page.evaluate(STRUCTURE)}
            page.evaluate(PROVOKE)
            page.wait_for_timeout(WAIT)
            seen |= {"title"} if page.title() == "PWNED" else set()
            seen |= set() if page.url.startswith(path.as_uri()) else {f"went to {page.url}"}
        if acts(seen):
            break
    page.close()
    return seen


def acts(seen: set[str]) -> set[str]:
    """Without the elements that are only there."""
    return {each for each in seen if not each.startswith("element")}


def poisoned_notebook(payload: str) -> Any:
    """The payload in every place of a notebook where somebody else's text may stand."""
    import pandas as pd

    frame = pd.DataFrame({payload: [payload]}, index=[payload])
    styled = frame.style.set_caption(payload).to_html()
    table = TableView(caption=payload, columns=(payload, "b"), rows=((payload, payload),))
    metadata = {"alt": payload, "caption": payload, "width": f'1" {payload}', "class": payload}
    data = [
        {"text/html": payload},
        {"text/html": f"<table><caption>{payload}</caption><tr><td>{payload}</td></tr></table>"},
        {"text/markdown": payload},
        {"text/html": styled},
        {"text/html": frame.to_html(escape=False, render_links=True)},
        {"text/html": table._repr_html_()},
        {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{payload}</svg>"},
        {"image/svg+xml": payload, "text/plain": payload},
        {"image/png": payload, "text/plain": payload},
        {"text/latex": payload},
        {"application/javascript": payload, "text/plain": payload},
    ]
    outputs = [
        *(
            new_output("display_data", data=each, metadata=dict.fromkeys(each, metadata))
            for each in data
        ),
        new_output("stream", name="stdout", text=payload),
        new_output("stream", name="stderr", text=payload),
        new_output("error", ename=payload, evalue=payload, traceback=[payload]),
    ]
    return new_notebook(
        cells=[
            new_markdown_cell(f"# {payload}\n\n{payload}", id="title"),
            new_markdown_cell(
                f"## {payload}\n\n> {payload}\n\n`{payload}`\n\n- {payload}", id="text"
            ),
            new_code_cell(payload, id="code", outputs=outputs),
        ]
    )


def poisoned_record(payload: str, outcome: Outcome) -> dict[str, Any]:
    """The payload in every text of a record."""
    record = samples.record(outcome)
    poisoned: dict[str, Any] = _poisoned(record, payload)
    poisoned["outcome"] = str(outcome)
    for check in poisoned["checks"]:
        check["outcome"] = str(outcome)
    poisoned["error"] = _poisoned(samples.incomplete()["error"], payload)
    poisoned["parameters"] = {payload: payload}
    return poisoned


def _poisoned(value: Any, payload: str) -> Any:
    if isinstance(value, dict):
        return {key: _poisoned(each, payload) for key, each in value.items()}
    if isinstance(value, list):
        return [_poisoned(each, payload) for each in value]
    return payload if isinstance(value, str) else value


def written(folder: Path, name: str, html: str) -> Path:
    path = folder / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", PAYLOADS)
def test_the_detector_sees_each_payload_on_a_bare_page(
    page: "Page", tmp_path: Path, kind: str
) -> None:
    inside = PAYLOADS[kind] if kind == "breakout" else ""
    bare = f'<!doctype html><title>bare</title><p title="{inside}">x</p>{PAYLOADS[kind]}'
    assert acts(effects(page.context, written(tmp_path, "bare", bare), patience=20))


@pytest.mark.parametrize("kind", PAYLOADS | MARKDOWN)
def test_no_payload_acts_wherever_it_stands(page: "Page", tmp_path: Path, kind: str) -> None:
    payload = (PAYLOADS | MARKDOWN)[kind]
    record = poisoned_record(payload, Outcome.FAIL)
    notebook = poisoned_notebook(payload)
    carried = new_output("display_data", data={VERDICT_MIME: record})
    notebook_with_verdict = poisoned_notebook(payload)
    notebook_with_verdict.cells.append(new_code_cell("publish", id="last", outputs=[carried]))
    pages = {
        "report": render_report(notebook, record),
        "nbconvert": ReportExporter().from_notebook_node(notebook_with_verdict)[0],
        "index": render_index(
            [record], [{"name": payload, "outcome": payload, "started": payload}]
        ),
    }
    for name, html in pages.items():
        unguarded = html.replace(POLICY, "")
        assert unguarded != html
        assert effects(page.context, written(tmp_path, name, unguarded)) == set(), name


def test_the_policy_alone_stops_what_would_slip_through(page: "Page", tmp_path: Path) -> None:
    html = render_report(samples.notebook(), samples.record(Outcome.PASS))
    for kind in ("script", "onerror", "svg", "import", "beacon", "dialog"):
        path = written(tmp_path, "slipped", html.replace("<main", f"{PAYLOADS[kind]}<main"))
        found = effects(page.context, path)
        assert not acts(found), kind


PAGES = {
    "fail": lambda: render_report(samples.notebook(), samples.record(Outcome.FAIL)),
    "undecided": lambda: render_report(samples.notebook(), samples.record(Outcome.UNDECIDED)),
    "warn": lambda: render_report(samples.notebook(), samples.record(Outcome.WARN)),
    "pass": lambda: render_report(samples.notebook(), samples.record(Outcome.PASS)),
    "incomplete": lambda: render_report(samples.notebook(), samples.incomplete()),
    "no verdict": lambda: ReportExporter().from_notebook_node(samples.with_markdown("text"))[0],
    "index": lambda: render_index(
        [samples.record(outcome, name=str(outcome)) for outcome in Outcome]
        + [samples.incomplete()],
        [{"name": "drift", "outcome": "pass", "started": "2026-11-01T00:00:00Z", "seconds": 1}],
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_wide_and_narrow_light_and_dark(
    page: "Page", tmp_path: Path, name: str
) -> None:
    axe = axe_script()
    if axe is None:
        missing("axe-core")
    show(page, written(tmp_path, "page", PAGES[name]()))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.evaluate(f"() => {{ {axe} }}")
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            violations = page.evaluate("async () => (await axe.run()).violations")
            told = [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in violations]
            assert told == [], (width, scheme)


def test_axe_would_find_something(page: "Page", tmp_path: Path) -> None:
    axe = axe_script()
    if axe is None:
        missing("axe-core")
    show(page, written(tmp_path, "bad", "<img src='data:,'><p style='color:#eee'>pale words</p>"))
    page.evaluate(f"() => {{ {axe} }}")
    found = {each["id"] for each in page.evaluate("async () => (await axe.run()).violations")}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= found


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(page: "Page", tmp_path: Path, name: str) -> None:
    show(page, written(tmp_path, "page", PAGES[name]()))
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_long_name_of_a_row_leaves_room_for_its_cells(page: "Page", tmp_path: Path) -> None:
    name = "feature_group_with_a_rather_long_descriptive_name_060" * 2
    view = TableView(caption="One.", columns=("column", "move"), rows=((name, "10 %"),))
    record = samples.record(Outcome.FAIL)
    notebook = samples.with_output({"text/html": view._repr_html_()})
    show(page, written(tmp_path, "page", render_report(notebook, record)))
    head = page.locator("th[scope=row]", has_text=name).bounding_box()
    assert head is not None
    assert head["width"] < 400


def test_long_words_and_wide_tables_stay_in_their_place(page: "Page", tmp_path: Path) -> None:
    word = "x" * 400
    wide = "<table><tr>" + "<td>wide cell</td>" * 40 + "</tr></table>"
    record = _poisoned(samples.record(Outcome.FAIL), word) | {"outcome": "fail"}
    notebook = samples.with_output({"text/html": wide})
    notebook.cells.append(new_markdown_cell(f"## {word}\n\n{word} `{word}`", id="long"))
    show(page, written(tmp_path, "page", render_report(notebook, record)), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_shows_at_its_edge_that_there_is_more(
    page: "Page", tmp_path: Path, scheme: str
) -> None:
    """The last column of pixels before the edge: shaded while there is more, plain at the end."""
    from PIL import Image

    wide = "<table><tr>" + "<td>wide cell</td>" * 40 + "</tr></table>"
    html = render_report(samples.with_output({"text/html": wide}), samples.record(Outcome.PASS))
    show(page, written(tmp_path, "page", html), width=390, scheme=scheme)
    table = page.locator(".narrative .scroll").first
    contrasts = []
    for place in (0, 10_000):
        table.evaluate("(element, place) => { element.scrollLeft = place }", place)
        picture = Image.open(BytesIO(table.screenshot())).convert("L")
        bright = [picture.getpixel((x, 1)) for x in (picture.width - 2, picture.width // 2)]
        contrasts.append(abs(bright[0] - bright[1]))  # type: ignore[operator]
    assert contrasts[0] > 20
    assert contrasts[1] <= 2


def test_a_phone_shows_a_whole_figure(page: "Page", tmp_path: Path) -> None:
    show(page, written(tmp_path, "page", PAGES["fail"]()), width=390)
    holder = page.locator(".narrative figure:not(.table) > .scroll").first
    assert holder.evaluate("element => element.scrollWidth - element.clientWidth") <= 1


def test_a_figure_is_dark_on_light_and_light_on_dark(page: "Page", tmp_path: Path) -> None:
    from PIL import Image

    path = written(tmp_path, "page", PAGES["fail"]())
    ends = {}
    for scheme in ("light", "dark"):
        show(page, path, scheme=scheme)
        picture = Image.open(BytesIO(page.locator("figure img").screenshot())).convert("L")
        levels = picture.tobytes()
        ends[scheme] = (min(levels), max(levels))
        assert ends["light"][0] < 80  # ink on paper
    assert ends["light"][1] == 255
    assert ends["dark"][0] < 40  # the ground of a dark page
    assert 200 < ends["dark"][1] < 255  # and ink that is light, with no white box left


def test_a_phone_shows_every_number_of_a_check(page: "Page", tmp_path: Path) -> None:
    show(page, written(tmp_path, "page", PAGES["fail"]()), width=390)
    row = page.get_by_role("row").filter(has_text="answer rating")
    for told in ("83.0 %", "79.0 % to 87.0 %", "at least", "85.0 %", "311", "undecided"):
        assert row.get_by_text(told, exact=False).first.is_visible()


def test_print_leaves_out_what_paper_cannot_use(page: "Page", tmp_path: Path) -> None:
    show(page, written(tmp_path, "page", PAGES["fail"]()), scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav.contents").is_visible()
    assert page.evaluate("document.querySelector('main').offsetWidth") > 700
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_narrow_tile_breaks_no_line_within_a_number(page: "Page", tmp_path: Path) -> None:
    show(page, written(tmp_path, "page", PAGES["fail"]()), width=390)
    value = page.locator(".tiles .value").first
    value.evaluate("element => element.textContent = '+14.0\\u00a0points'")
    lines = value.evaluate(
        "element => element.clientHeight / parseFloat(getComputedStyle(element).lineHeight)"
    )
    assert lines < 1.5
