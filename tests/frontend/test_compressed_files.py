"""Built files reach browsers compressed, without work on the request path."""

import gzip

import pytest
from django.contrib.staticfiles import finders

BUILT = [
    "embed.js",
    "runtime.js",
    "sending.js",
    "dialogs.js",
    "capture.js",
    "hosted.js",
    "combobox.js",
    "places.js",
    "resume.js",
    "poll.js",
    "form.css",
]


@pytest.mark.parametrize("name", BUILT)
def test_a_built_file_is_sent_compressed_to_who_takes_it(client, name):
    response = client.get(f"/static/forms_engine/{name}", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    with open(finders.find(f"forms_engine/{name}"), "rb") as plain:
        assert gzip.decompress(b"".join(response.streaming_content)) == plain.read()


def test_a_built_file_is_sent_plain_to_who_does_not(client):
    assert "Content-Encoding" not in client.get("/static/forms_engine/hosted.js")
