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
        *("group", "holding", "holdings", "international", "the"),
    }
)


@lru_cache(maxsize=4096)
def normalised_company_name(text: str) -> str:
    """`Acme Industries, Inc.` and `ACME Industries GmbH & Co. KG` -> `acme industries`; "" where nothing is left.

    Without accents, punctuation and legal form. A name that is a legal form as a whole keeps it.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))
    words = re.findall(r"\w+", plain.replace(".", "").replace("&", " "))
    kept = list(words)
    while len(kept) > 1 and kept[-1] in _LEGAL_FORMS:
        kept.pop()
    while len(kept) > 1 and kept[0] == "the":
        kept.pop(0)
    return " ".join(kept)


def parent_domains(domain: str) -> tuple[str, ...]:
    """`a.b.example.com` -> (`b.example.com`, `example.com`): what a host may be listed under, nearest first.

    A top-level domain alone is never a parent.
    """
    labels = domain.split(".")
    return tuple(".".join(labels[i:]) for i in range(1, len(labels) - 1))
