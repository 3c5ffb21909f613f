"""Form documents to test with: the smallest valid one, and one that uses everything."""

from typing import Any


def field(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": key.replace("_", " ").capitalize(), **more}


def email(**more: Any) -> dict[str, Any]:
    return field("email", "email", required=True, maps_to="email", **more)


def document(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One step with an e-mail field and the given ones."""
    return {"title": "Talk to us", "steps": [{"key": "one", "fields": [email(), *fields]}], **more}


def demo_document() -> dict[str, Any]:
    """Three steps; the second asks for the size only of those in Germany, the third is the consent."""
    return {
        "title": "Book a demo",
        "intro": "See it work on your own numbers.",
        "submit_label": "Request my demo",
        "steps": [
            {
                "key": "you",
                "title": "About you",
                "fields": [
                    email(),
                    field("full_name", required=True, maps_to="full_name"),
                    field("campaign", "hidden", source={"utm": "campaign"}),
                ],
            },
            {
                "key": "company",
                "title": "Your company",
                "fields": [
                    field("country", "country", required=True, maps_to="country", decision="routing"),
                    field(
                        "employees", "number", required=True, maps_to="employees", min=1, visible_when={"country": "DE"}
                    ),
                ],
            },
            {
                "key": "last",
                "title": "One last thing",
                "fields": [
                    field("message", "textarea", maps_to="message"),
                    field("consent", "checkbox", required=True, label="You may write to me."),
                ],
            },
        ],
        "success": {"title": "Thank you!", "message": "We read every request."},
    }
