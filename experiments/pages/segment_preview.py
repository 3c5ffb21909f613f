"""The condition builder's address for segments: what may be asked of a visit. There is no history to count in."""

from conditions import Attribute, Vocabulary
from foundation.pages.conditions import condition_page

# The names that visits usually have; others may be typed.
VISIT = Vocabulary(
    [
        Attribute("language", "string", label="Language"),
        Attribute("utm_source", "string", label="Campaign source (utm_source)"),
        Attribute("utm_medium", "string", label="Campaign medium (utm_medium)"),
        Attribute("utm_campaign", "string", label="Campaign name (utm_campaign)"),
        Attribute("utm_term", "string", label="Campaign term (utm_term)"),
        Attribute("utm_content", "string", label="Campaign content (utm_content)"),
    ]
)

segment_preview = condition_page("experiments.view_experiment", lambda: VISIT, is_open=True)
