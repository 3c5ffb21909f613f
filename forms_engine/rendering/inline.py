"""The only markup that a form's texts may hold: `[text](https://…)` and `**bold**`. Pure.

Everything else is text and is escaped, and so is every part of what is recognised: the only tags that can come out are
`<a href="https://…">` and `<strong>`, not nested in each other.
"""

import re
from html import escape

_MARKS = re.compile(
    r"\[(?P<text>[^\[\]\n]{1,300})\]\((?P<address>https://[^\s()<>\"'`\\]{1,1000})\)"
    r"|\*\*(?P<bold>[^*\n]{1,1000})\*\*"
)


def inline_html(text: str) -> str:
    """The text as HTML. Links open beside the form, so that following one loses no answer."""
    pieces: list[str] = []
    end = 0
    for found in _MARKS.finditer(text):
        pieces += (escape(text[end : found.start()]), _html_of(found))
        end = found.end()
    return "".join((*pieces, escape(text[end:])))


def plain_text(text: str) -> str:
    """The text without its marks, not escaped: for where no markup can stand, such as in a link to the field."""
    return _MARKS.sub(lambda found: found["text"] or found["bold"], text)


def _html_of(found: re.Match[str]) -> str:
    if found["bold"]:
        return f"<strong>{escape(found['bold'])}</strong>"
    return f'<a href="{escape(found["address"])}" target="_blank" rel="noopener">{escape(found["text"])}</a>'
