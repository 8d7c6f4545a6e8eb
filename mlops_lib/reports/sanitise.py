"""Text and HTML that somebody else wrote, made fit for a page.

Model answers, queries and column names reach a report through Markdown cells and outputs. HTML
passes one allow-list; what a reader could not see (directions, zero widths, controls) is spelt
out. The allow-list lets no attribute carry free text, so that later passes over the cleaned HTML
may look for tags with patterns.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3

# fmt: off
_TAGS = frozenset(
    {
        "a", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em",
        "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p",
        "pre", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody",
        "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
    }
)
_DROPPED_WITH_CONTENT = frozenset(
    {
        "script", "style", "template", "iframe", "object", "embed", "svg", "math", "noscript",
        "textarea", "select", "title", "head",
    }
)
# fmt: on
_CELL = frozenset({"class", "colspan", "rowspan", "scope"})
_ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "table": {"class"},
    "td": _CELL,
    "th": _CELL,
}
_SHAPES = {
    "href": re.compile(r"(?:https://|mailto:|#)[^\s<>\"'`\\]*", re.IGNORECASE),
    "class": re.compile(r"number|dataframe"),
    "colspan": re.compile(r"[1-9]\d?"),
    "rowspan": re.compile(r"[1-9]\d{0,2}"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "start": re.compile(r"\d{1,4}"),
}

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
    # Joiners shape Persian, Indic and emoji text; beside Latin letters they only hide.
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]|\x9b[0-?]*[@-~]"
)


def clean_text(text: str) -> str:
    r"""Text without terminal colours, in which no character hides or turns the others round.

    Args:
        text: untrusted text.

    Returns:
        The text; each invisible or direction-changing character is spelt as its code point.

    Example:
        >>> clean_text("invoice\u202egpj.exe"), clean_text("\x1b[31mred\x1b[0m")
        ('invoice⟨U+202E⟩gpj.exe', 'red')
    """
    plain = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", plain)


def clean_html(html: str) -> str:
    """HTML reduced to the allow-list: no script, style, image, form, frame or foreign link.

    Args:
        html: untrusted HTML.

    Returns:
        Well-formed HTML; links lead to https, mailto or within the page; text is as in
        `clean_text`.

    Example:
        >>> clean_html('<p onclick="x()">Hello <script>x()</script><b>you</b></p>')
        '<p>Hello <b>you</b></p>'
        >>> clean_html('<a href="javascript:x()">link</a>')
        '<a rel="noopener noreferrer">link</a>'
    """
    return clean_text(_cleaner().clean(clean_text(html)))


def cut(text: str, longest: int) -> str:
    """Text of bounded length that says how much is missing.

    Example:
        >>> cut("abcdef", 4)
        'abcd … (2 further characters are not shown)'
    """
    missing = len(text) - longest
    if missing <= 0:
        return text
    return f"{text[:longest]} … ({missing:,} further characters are not shown)"


@cache
def _cleaner() -> "nh3.Cleaner":
    import nh3

    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"https", "mailto"},
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value where it has the shape that its attribute allows; else the attribute goes."""
    if tag == "a" and name == "rel":
        return value
    shape = _SHAPES.get(name)
    words = value.split() if name == "class" else [value]
    kept = [word for word in words if shape and shape.fullmatch(word)]
    return " ".join(kept) or None
