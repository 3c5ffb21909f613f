"""Forms as markup: one renderer for the hosted page, the embed and the page without JavaScript (docs/form-protocol.md).

`inline`, `chunks`, `controls`, `statements`, `fields`, `form`, `done`: from the smallest piece to the whole.
`look`, `compressing`, `page`: what a hosted page has around it.
"""

from forms_engine.rendering.done import done_html
from forms_engine.rendering.form import CompiledForm, compiled_form

__all__ = ["CompiledForm", "compiled_form", "done_html"]
