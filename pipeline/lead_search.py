"""Find leads by what people type: an address, a name, a company, a domain. Fast also with hundreds of thousands."""

from django.db.models import Q, QuerySet

from leads.models import Company, Lead, Person
from leads.selectors import who_are

# Of people and of companies that a word may name; a word that names more is told apart by another one.
MOST = 2_000
MOST_WORDS = 6


def leads_found(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Every word must be found somewhere: in the person's name or address, or in the company's name or domain.

    People and companies are looked through first, each in its own table, and leads then found by their keys. A join
    would be filtered only after it was made.
    """
    for word in (each.removeprefix("@") for each in text.split()[:MOST_WORDS]):
        people = who_are(Person.objects.filter(_people(word)).order_by())[:MOST]
        companies = (
            Company.objects.filter(Q(domain__contains=word.lower()) | Q(name__icontains=word))
            .order_by()
            .values_list("pk", flat=True)[:MOST]
        )
        leads = leads.filter(Q(person__in=list(people)) | Q(company__in=list(companies)))
    return leads


def _people(word: str) -> Q:
    # Addresses and domains are kept in lower case: their beginnings are found by the index, and looking into each of
    # them costs a fraction of what it costs to fold its case first.
    if "@" in word:
        return Q(email__startswith=word.lower())
    return Q(email__contains=word.lower()) | Q(full_name__icontains=word)
