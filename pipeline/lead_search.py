"""Find leads by what people type: an address, a name, a company, a domain. Fast also with hundreds of thousands.

Every word must be found somewhere: in the person's name or address, or in the company's name or domain. For each word,
people and companies are looked through, each in their own table, until one word names few: the leads are among those
of these few, and only for them the other words are asked. Joining all leads with people and companies would take
seconds.

Where each word names many, such as a first name and a common surname, the tables are asked for all words at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from leads.models import Company, Lead, Person
from leads.selectors import who_are

# Of people, of companies and of leads the newest are taken, and that there are more is said.
MOST = 2_000
MOST_WORDS = 6


@dataclass(frozen=True)
class Found:
    """`is_cut`: there may be more, and the newest of them are here."""

    leads: QuerySet[Lead]
    is_cut: bool = False


@dataclass(frozen=True)
class _Named:
    """The newest people and companies that a word names; one more than `MOST` where there are more."""

    word: str
    people: Sequence[int]
    companies: Sequence[int]

    @property
    def is_cut(self) -> bool:
        return _is_cut(self.people) or _is_cut(self.companies)

    @property
    def theirs(self) -> Q:
        return Q(person__in=self.people[:MOST]) | Q(company__in=self.companies[:MOST])


def leads_found(leads: QuerySet[Lead], text: str) -> Found:
    """Those of `leads` where each of the first words is found."""
    # PostgreSQL can't be asked for a null character.
    words = [word for each in text.replace("\x00", "").split()[:MOST_WORDS] if (word := each.removeprefix("@"))]
    named: list[_Named] = []
    # An address is found by an index, and a long word more often names few.
    for word in sorted(words, key=lambda word: ("@" not in word, -len(word))):
        found = _Named(word, _people(_of_person(word)), _companies(_of_company(word)))
        if not found.is_cut:
            return Found(leads.filter(found.theirs, *(_of_lead(other) for other in words if other != word)))
        named.append(found)
    if len(named) == 1:
        return Found(leads.filter(named[0].theirs), is_cut=True)
    return _found_by_common_words(leads, named) if named else Found(leads)


def _found_by_common_words(leads: QuerySet[Lead], named: Sequence[_Named]) -> Found:
    people = _people(*(_of_person(each.word) for each in named))
    companies = _companies(*(_of_company(each.word) for each in named))
    between, is_cut = _found_between(named)
    theirs = Q(person__in=people[:MOST]) | Q(company__in=companies[:MOST]) | Q(pk__in=between[:MOST])
    return Found(leads.filter(theirs), is_cut or any(map(_is_cut, (people, companies, between))))


def _found_between(named: Sequence[_Named]) -> tuple[list[int], bool]:
    """The ids of leads of which the company has some of the words and the person the others, and whether there may be
    more: not where all companies, or all people, that have any of the words are known."""
    leads = Lead.objects.filter(*(_of_lead(each.word) for each in named))
    if not any(_is_cut(each.companies) for each in named):
        return _newest(leads.filter(company__in=_union(each.companies for each in named))), False
    if not any(_is_cut(each.people) for each in named):
        return _newest(leads.filter(person__in=_union(each.people for each in named))), False
    return _newest(leads.filter(named[0].theirs)), True


def _union(each: Iterable[Sequence[int]]) -> set[int]:
    return {pk for ids in each for pk in ids}


def _people(*conditions: Q) -> list[int]:
    people = Person.objects.filter(*conditions).order_by("-pk")[: MOST + 1]
    return list(who_are(people))


def _companies(*conditions: Q) -> list[int]:
    return _newest(Company.objects.filter(*conditions))


def _newest(rows: "QuerySet[Any]") -> list[int]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])


def _is_cut(ids: Sequence[int]) -> bool:
    return len(ids) > MOST


def _of_person(word: str, at: str = "") -> Q:
    # Addresses and domains are kept in lower case: their beginnings are found by the index, and looking into each of
    # them costs a fraction of what it costs to fold its case first.
    if "@" in word:
        return Q((f"{at}email__startswith", word.lower()))
    return Q((f"{at}email__contains", word.lower())) | Q((f"{at}full_name__icontains", word))


def _of_company(word: str, at: str = "") -> Q:
    return Q((f"{at}domain__contains", word.lower())) | Q((f"{at}name__icontains", word))


def _of_lead(word: str) -> Q:
    """Of the person also by the addresses that were merged, which are few."""
    merged = Person.objects.filter(_of_person(word), merged_into__isnull=False).values("merged_into")
    return _of_person(word, "person__") | _of_company(word, "company__") | Q(person__in=merged)
