"""A form within the text of a page."""

import pytest
from forms_engine.models import Submission
from tests.browser.embed.conftest import fill_in_and_send, page_with
from tests.browser.test_demo_form import expect_owner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INLINE = page_with('<switchyard-form form="demo"></switchyard-form><p>Text below.</p>')


def test_three_steps_end_with_the_owners_name(open_site):
    page = open_site(INLINE)
    fill_in_and_send(page)
    expect_owner(page)
    assert Submission.objects.get().answers["country"] == "US"
