"""What stands in the form's place afterwards: an ending, and whom the visitor will be talking to. Pure."""

from functools import partial
from html import escape

from forms_engine.rendering.inline import inline_html
from forms_engine.schema import Definition, Ending, direction
from forms_engine.words import say

ASSIGNED, PARKED, WAITING = "assigned", "parked", "waiting"
_CHECK = (
    '<svg class="check" viewBox="0 0 48 48" aria-hidden="true" focusable="false">'
    '<circle cx="24" cy="24" r="22"></circle><path d="M15 24.5l6.2 6.2L33.5 18"></path></svg>\n'
)


def done_html(
    definition: Definition, ending: Ending, *, status_url: str, state: str, owner: str = "", level: int = 2
) -> str:
    """The ending's markup. `state` is the run's; `status_url`, blank at a gate, is where the script asks for it.

    `level` is the heading's: 1 where the ending is all that the page says.
    """
    language = definition.language
    area = _owner_area(language, status_url, state, owner) if status_url else ""
    return (
        f'<div class="done" part="done" data-done lang="{escape(language)}" dir="{direction(language)}">\n'
        f"{_CHECK if status_url else ''}"
        f'<h{level} tabindex="-1" data-heading dir="auto">{escape(ending.title)}</h{level}>\n'
        f"{_message(ending)}{_link(ending)}{area}</div>\n"
    )


def _message(ending: Ending) -> str:
    return f'<p class="lead" dir="auto">{inline_html(ending.message)}</p>\n' if ending.message else ""


def _link(ending: Ending) -> str:
    address = ending.url or (f"/f/{ending.form}/" if ending.form else "")
    if not (address and ending.button):
        return ""
    return f'<p><a class="button" part="button" href="{escape(address)}">{escape(ending.button)}</a></p>\n'


def _owner_area(language: str, status_url: str, state: str, owner: str) -> str:
    words = partial(say, language)
    stage = state if state in {ASSIGNED, PARKED} else WAITING
    found = {
        ASSIGNED: f'<span class="avatar" aria-hidden="true" data-initials>{escape(initials(owner))}</span>'
        f'<p>{escape(words("done_owner"))} <strong dir="auto" data-owner>{escape(owner)}</strong></p>',
        PARKED: f"<p>{escape(words('done_parked'))}</p>",
        WAITING: f'<span class="avatar waiting" aria-hidden="true"></span><p>{escape(words("done_waiting"))}</p>',
    }
    parts = "".join(
        f'<div class="found" data-when="{when}"{"" if when == stage else " hidden"}>{html}</div>\n'
        for when, html in found.items()
    )
    return (
        '<div class="owner" role="status" aria-live="polite" data-owner-area'
        f' data-poll="{escape(status_url)}" data-state="{escape(state)}">\n{parts}</div>\n'
    )


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
