"""A file whose difference is shown travels with the page, and comes back with what it was shown for."""

import base64
import binascii
import hashlib
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from config.configuration.difference import Difference

# In base64 it must fit into what a request may hold.
LARGEST = 3 * 1024 * 1024
MOST_ENTRIES, MOST_FIELDS = 100, 30


class CarriedForm(forms.Form):
    """`content` is the file, exactly as its difference was shown; `mark` is of the configuration at that moment."""

    content = forms.CharField(max_length=2 * LARGEST)
    content_hash = forms.RegexField("^[0-9a-f]{64}$")
    mark = forms.RegexField("^[0-9a-f]{64}$")
    name = forms.CharField(required=False, max_length=200)

    def clean_content(self) -> bytes:
        try:
            content = base64.b64decode(self.cleaned_data["content"], validate=True)
            self.check_content(content)
        except (binascii.Error, ValueError):
            raise forms.ValidationError("The file came back broken.") from None
        return content

    def check_content(self, content: bytes) -> None:
        """Raises ValueError where it can't be the file."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "content" in cleaned and _hash(cleaned["content"]) != cleaned.get("content_hash"):
            raise forms.ValidationError("The file isn't the one that the difference was shown for.")
        return cleaned


def carry(content: bytes, name: str, mark: str) -> dict[str, str]:
    """The hidden fields that bring the file back."""
    return {
        "content": base64.b64encode(content).decode(),
        "content_hash": _hash(content),
        "mark": mark,
        "name": name[:200],
    }


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def shown_sections(found: Difference) -> list[dict[str, Any]]:
    """Sections that change, each with so much as a page can hold."""
    return [
        {
            "title": each.section.many,
            "counts": {what: count for what, count in each.counts.items() if count},
            "added": each.added[:MOST_ENTRIES],
            "changed": [
                (entry.key, entry.changes[:MOST_FIELDS], len(entry.changes) - MOST_FIELDS)
                for entry in each.changed[:MOST_ENTRIES]
            ],
            "moved": [(key, each.order.index(key) + 1) for key in each.moved[:MOST_ENTRIES]],
            "removed": each.removed[:MOST_ENTRIES],
            "more": sum(
                max(0, len(entries) - MOST_ENTRIES) for entries in (each.added, each.changed, each.moved, each.removed)
            ),
        }
        for each in found.sections
        if not each.is_empty
    ]


def file_name(request: HttpRequest) -> str:
    """Of the one that was chosen."""
    file = request.FILES["file"]
    return file.name or "" if isinstance(file, UploadedFile) else ""
