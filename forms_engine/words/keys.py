"""Which words are for whom."""

# What a value can be refused for. `forms_engine.values` raises these codes.
REFUSALS = (
    *("required", "required_choice", "required_tick", "required_email", "not_text", "not_number", "not_boolean"),
    *("not_list", "not_whole", "too_long", "too_short", "too_low", "too_high", "too_few", "too_many", "pattern"),
    *("characters", "email_syntax", "email_free", "email_disposable", "phone", "country", "region", "choice", "url"),
    *("date", "date_early", "date_late"),
)
# Those that the script in the browser can't come to: it doesn't judge domains, numbers' plans, or what pages can't say.
SERVERS_REFUSALS = frozenset(
    {
        *("not_text", "not_boolean", "not_list", "characters", "email_free", "email_disposable", "phone", "country"),
        *("region", "choice"),
    }
)
# What the script in the browser says beside refusals.
RUNTIME_WORDS = (
    *("step_of", "search", "no_match", "matches", "choose", "error_prefix", "errors_heading_one", "errors_heading"),
    *("new_questions", "resume_link", "resume_copied", "resumed", "one_moment", "offline", "sent_later", "try_again"),
    *("expired", "renewed", "busy", "restart", "close"),
)
