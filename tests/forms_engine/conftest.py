from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache

from forms_engine.models import Form
from forms_engine.services.publish_version import publish_version
from tests.forms_engine.documents import demo_document, document
from tests.forms_engine.factories import NOW, FormFactory


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()


@pytest.fixture
def contact(db: None) -> Form:
    """A published form of one step: e-mail and an optional name."""
    form = FormFactory(slug="contact")
    name = {"key": "full_name", "type": "text", "label": "Name", "maps_to": "full_name"}
    publish_version(form=form, document=document(name), now=NOW)
    return form


@pytest.fixture
def demo(db: None) -> Form:
    """A published form of three steps."""
    form = FormFactory(slug="demo")
    publish_version(form=form, document=demo_document(), now=NOW)
    return form


@pytest.fixture(autouse=True)
def woken() -> Any:
    """Run ids that workers were woken for: there is no broker in these tests."""
    with patch("pipeline.tasks.advance_run_task.delay") as delay:
        yield delay
