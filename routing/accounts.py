"""Is this company one of the named accounts? By domain, parent domain or normalised name. Pure."""

import re
import unicodedata
from functools import lru_cache

# What companies put behind their name to say what kind of company they are; folded, by whole words at the end.
_LEGAL_FORMS = frozenset(
    {
        *("inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc"),
        *("gmbh", "ag", "kg", "kgaa", "se", "mbh", "ug", "ohg", "ev", "eg"),
        *("sa", "sas", "sarl", "sl", "slu", "spa", "srl", "sro", "bv", "nv", "ab", "as", "asa", "aps", "oy", "oyj"),
        *("pty", "pte", "pvt", "private", "kk", "sdn", "bhd", "sp", "zoo", "doo", "kft", "zrt", "ltda", "eireli"),
        *("haftungsbeschrankt", "group", "holding", "holdings", "international", "the"),
    }
)
# Those that are several words once points are gone.
_LONG_LEGAL_FORMS = (("sp", "z", "oo"), ("sa", "rl"), ("sa", "de", "cv"), ("s", "de", "rl", "de", "cv"))
# Letters with a stroke or joined ones, which no decomposition takes apart.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_AND = frozenset({"and", "und"})


@lru_cache(maxsize=4096)
def normalised_company_name(text: str) -> str:
    """`Acme Industries, Inc.` and `ACME Industries GmbH & Co. KG` -> `acme industries`; "" where nothing is left.

    Without accents, punctuation and legal form. A name that is a legal form as a whole keeps it.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    joined = re.sub(r"\b(\w)/(\w)\b", r"\1\2", plain.translate(_LETTERS)).replace(".", "").replace("株式会社", " ")
    words = re.findall(r"\w+", joined)
    kept = [word for word in words if word not in _AND] or words
    while len(kept) > 1 and kept[0] == "the":
        kept.pop(0)
    while (ending := _legal_form_at_end(kept)) and ending < len(kept):
        del kept[-ending:]
    return " ".join(kept)


def _legal_form_at_end(words: list[str]) -> int:
    """How many words it has; 0 where there is none."""
    for form in _LONG_LEGAL_FORMS:
        if tuple(words[-len(form) :]) == form:
            return len(form)
    return 1 if words and words[-1] in _LEGAL_FORMS else 0


def parent_domains(domain: str) -> tuple[str, ...]:
    """`a.b.example.com` -> (`b.example.com`, `example.com`): what a host may be listed under, nearest first.

    A top-level domain alone is never a parent.
    """
    labels = domain.split(".")
    return tuple(".".join(labels[i:]) for i in range(1, len(labels) - 1))
