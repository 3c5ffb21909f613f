"""What a statement shows: a text, a quote with who said it, or questions that open to their answers. Pure."""

from html import escape

from forms_engine.rendering.inline import inline_html
from forms_engine.schema import Statement


def statement_html(statement: Statement) -> str:
    """Paragraphs are split at blank lines."""
    if statement.kind == "faq":
        return "".join(_question(question, answer) for question, answer in statement.items)
    return _quote(statement) if statement.kind == "quote" else _paragraphs(statement.text)


def _quote(statement: Statement) -> str:
    role = f' <span class="role"><bdi>{escape(statement.role)}</bdi></span>' if statement.role else ""
    author = f"<strong><bdi>{escape(statement.author)}</bdi></strong>" if statement.author else ""
    caption = f"<figcaption>{author}{role}</figcaption>" if author or role else ""
    return f"<figure><blockquote>{_paragraphs(statement.text)}</blockquote>{caption}</figure>"


def _question(question: str, answer: str) -> str:
    return f'<details><summary dir="auto">{inline_html(question)}</summary>{_paragraphs(answer)}</details>'


def _paragraphs(text: str) -> str:
    blocks = (block.strip() for block in text.split("\n\n"))
    return "".join(f'<p dir="auto">{inline_html(block)}</p>' for block in blocks if block)
