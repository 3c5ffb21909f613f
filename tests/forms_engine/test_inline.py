import pytest

from forms_engine.rendering.inline import inline_html, plain_text


def test_a_link_opens_beside_the_form() -> None:
    html = inline_html("I agree to the [terms](https://example.com/terms?a=1&b=2).")

    assert html == (
        'I agree to the <a href="https://example.com/terms?a=1&amp;b=2" target="_blank" rel="noopener">terms</a>.'
    )


def test_two_stars_make_bold() -> None:
    assert inline_html("**All** of it") == "<strong>All</strong> of it"


def test_everything_else_is_text() -> None:
    assert inline_html("<b>1 & 2</b> *3* _4_ `5`") == "&lt;b&gt;1 &amp; 2&lt;/b&gt; *3* _4_ `5`"


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JavaScript:alert(1))",
        "[x](http://example.com)",
        "[x](data:text/html,<script>)",
        "[x](//example.com)",
        "[x](/path)",
        "[x](https://a b)",
        '[x](https://a"onmouseover="alert(1))',
        "[x](https://a'b)",
        "[x](https://a<script>)",
        "[x](https://)",
        "[](https://example.com)",
        "[x] (https://example.com)",
    ],
)
def test_what_is_not_a_link_to_a_secure_page_stays_text(text: str) -> None:
    html = inline_html(text)

    assert "<a" not in html
    assert "<script" not in html


def test_marks_within_marks_stay_text() -> None:
    assert inline_html("[**x**](https://example.com)") == (
        '<a href="https://example.com" target="_blank" rel="noopener">**x**</a>'
    )
    assert inline_html("**[x](https://example.com)**").count("<") == 2


def test_a_links_text_is_escaped() -> None:
    assert "<img" not in inline_html("[<img src=x onerror=alert(1)>](https://example.com)")


def test_many_unclosed_marks_are_read_in_no_time() -> None:
    hostile = "[" * 5000 + "**" * 5000 + "](" * 5000

    assert inline_html(hostile) == hostile


def test_plain_text_has_no_marks() -> None:
    assert plain_text("**Yes**, I read the [terms & more](https://example.com)") == "Yes, I read the terms & more"
