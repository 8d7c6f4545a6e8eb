"""The headings of a page: one h1, no level left out, each with an address."""

import re
from dataclasses import dataclass
from html import unescape

_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_HIGHEST = 2
_LOWEST = 6
_LONGEST_ADDRESS = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents."""

    address: str
    text: str


class Outline:
    """Collects the headings of a page in reading order.

    Attributes:
        entries: the h2 headings so far.

    Example:
        >>> outline = Outline()
        >>> outline.number("<h4>Why?</h4>")
        '<h2 id="s-why">Why?</h2>'
        >>> outline.entries
        [Entry(address='s-why', text='Why?')]
    """

    def __init__(self) -> None:
        """Start below the page's own h1."""
        self.entries: list[Entry] = []
        self._level = _HIGHEST - 1
        self._addresses: set[str] = set()

    def number(self, cleaned: str) -> str:
        """Give the headings of cleaned HTML their level and address.

        Args:
            cleaned: out of `clean_html`, which leaves headings without attributes.
        """
        return _HEADING.sub(self._heading, cleaned)

    def _heading(self, match: re.Match[str]) -> str:
        inner = match[2].strip()
        text = plain(inner)
        if not text:
            return ""
        self._level = min(max(int(match[1]), _HIGHEST), self._level + 1, _LOWEST)
        address = self._address(text)
        if self._level == _HIGHEST:
            self.entries.append(Entry(address, text))
        return f'<h{self._level} id="{address}">{inner}</h{self._level}>'

    def _address(self, text: str) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_ADDRESS]
        address, times = f"s-{words}", 1
        while address in self._addresses:
            times += 1
            address = f"s-{words}-{times}"
        self._addresses.add(address)
        return address


def plain(cleaned: str) -> str:
    """The text of cleaned HTML.

    Example:
        >>> plain("a <em>b</em> &lt;c&gt;")
        'a b <c>'
    """
    return unescape(_TAG.sub("", cleaned)).strip()
