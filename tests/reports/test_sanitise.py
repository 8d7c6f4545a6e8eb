"""Untrusted text and HTML: what passes, what is spelt out, what goes."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lib.reports.prose import render_markdown
from mlops_lib.reports.sanitise import clean_html, clean_text, cut

ALLOWED_ATTRIBUTES = {"href", "rel", "class", "colspan", "rowspan", "scope", "start"}

soup = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<script>", "</script>", "<style>", "</style>", "<svg>", "<math>", "</math>",
                "<mtext>", "<mglyph>", "<table>", "<tr><td>", "</table>",
                "<img src=x onerror=a()>", '<a href="', "javascript:a()", '">', "<!--", "-->",
                "<![CDATA[", "]]>", "<p title='", "'>", "<noscript>", "</noscript>", "<template>",
                "<h1>", "</h1>", "&lt;", "&#x202e;", "<b class=number id=x onclick=a()>",
                "<iframe srcdoc=", "<textarea>", "</textarea>", "<form><input>", "<caption>",
                "<base href=//x>", "\x00", "\u202e", "\ud800",
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)  # fmt: skip


class Tags(HTMLParser):
    """Collects what a parser finds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


@settings(max_examples=300, deadline=None)
@given(soup)
def test_no_soup_of_tags_gets_past_the_allow_list(html: str) -> None:
    found = Tags(clean_html(html))
    dangerous = {
        "script",
        "style",
        "svg",
        "math",
        "img",
        "iframe",
        "form",
        "input",
        "base",
        "template",
    }
    assert not found.tags & dangerous
    assert set(found.attributes) <= ALLOWED_ATTRIBUTES
    assert all(
        link.startswith(("https://", "mailto:", "#")) for link in found.attributes.get("href", ())
    )
    assert not any(
        set("<>\"'") & set(value) for values in found.attributes.values() for value in values
    )


@settings(max_examples=200, deadline=None)
@given(soup)
def test_markdown_is_no_way_round_the_allow_list(source: str) -> None:
    found = Tags(render_markdown(source))
    assert not found.tags & {"script", "style", "svg", "img", "iframe", "form", "base"}
    assert set(found.attributes) <= ALLOWED_ATTRIBUTES


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "L", "Zl", "Zp"]), max_size=30))
def test_clean_text_leaves_nothing_that_hides_and_can_be_written(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert not set(cleaned) & set(
        "\x00\x07\x1b\x85\u00ad\u061c\u200b\u200e\u200f\u202e\u2066\ufeff"
    )
    assert clean_text(cleaned) == cleaned


# CVE-2021-42574 ("Trojan Source"): its example hides the end of a comment.
def test_trojan_source_shows_its_true_order() -> None:
    assert (
        clean_text("/*\u202e } \u2066if (isAdmin)\u2069")
        == "/*⟨U+202E⟩ } ⟨U+2066⟩if (isAdmin)⟨U+2069⟩"
    )


def test_joiners_stay_where_scripts_and_emoji_need_them() -> None:
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("👩\u200d🔬") == "👩\u200d🔬"
    assert clean_text("dri\u200cft") == "dri⟨U+200C⟩ft"


@pytest.mark.parametrize(
    "coloured",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b[1;38;5;196mred\x1b[m",
        "\x1b]8;;https://evil.example\x07red\x1b]8;;\x07",
    ],
)
def test_terminal_colours_and_links_leave_their_text(coloured: str) -> None:
    assert clean_text(coloured) == "red"


def test_text_that_looks_like_html_stays_text() -> None:
    assert clean_html("&lt;script&gt;1 &lt; 2") == "&lt;script&gt;1 &lt; 2"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x()", "JaVaScRiPt:x()", "java\tscript:x()", " javascript:x()", "vbscript:x",
        "data:text/html,x", "//evil.example", "http://evil.example", "file:///etc/passwd", "a.html",
        "&#106;avascript:x()",
    ],
)  # fmt: skip
def test_only_https_mail_and_places_on_the_page_are_linked(address: str) -> None:
    assert "href" not in clean_html(f'<a href="{address}">x</a>')
    assert "href" not in render_markdown(f"[x]({address})").replace('href="#harmful-link"', "")


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c#d", "mailto:a@example.org", "#s-method"]
)
def test_good_links_stay(address: str) -> None:
    assert f'href="{address}"' in clean_html(f'<a href="{address}">x</a>')


def test_structure_of_prose_stays() -> None:
    cleaned = render_markdown(
        "## A\n\n- b\n- *c*\n\n| d | e |\n|---|---:|\n| f | 1 |\n\n> g\n\n`h`"
    )
    assert Tags(cleaned).tags >= {"h2", "ul", "li", "em", "table", "th", "td", "blockquote", "code"}
    assert 'class="number"' in cleaned


def test_formulas_and_prices_stay_text() -> None:
    assert "$a_1 + b_2$" in render_markdown("where $a_1 + b_2$ is")
    assert "costs $0.02 <strong>now</strong>, $5 then" in render_markdown(
        "costs $0.02 **now**, $5 then"
    )


def test_a_cut_says_how_much_is_missing() -> None:
    assert cut("x" * 1_010, 10) == "x" * 10 + " … (1,000 further characters are not shown)"
    assert cut("short", 10) == "short"
