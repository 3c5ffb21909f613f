"""A small plan, smallest valid defaults."""

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from leads.models import Company, Lead, Person
from routing.models import Member, Queue, Rep, Rule, Territory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class RepFactory(DjangoModelFactory):
    class Meta:
        model = Rep

    key = factory.Sequence(lambda n: f"rep-{n}")
    name = factory.LazyAttribute(lambda rep: rep.key.replace("-", " ").title())
    email = factory.LazyAttribute(lambda rep: f"{rep.key}@seller.example")


class QueueFactory(DjangoModelFactory):
    class Meta:
        model = Queue

    key = factory.Sequence(lambda n: f"queue-{n}")
    name = factory.LazyAttribute(lambda queue: queue.key.replace("-", " ").title())


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    queue = factory.SubFactory(QueueFactory)
    rep = factory.SubFactory(RepFactory)


class TerritoryFactory(DjangoModelFactory):
    class Meta:
        model = Territory

    key = factory.Sequence(lambda n: f"territory-{n}")
    name = factory.LazyAttribute(lambda territory: territory.key)


class RuleFactory(DjangoModelFactory):
    class Meta:
        model = Rule

    key = factory.Sequence(lambda n: f"rule-{n}")
    name = factory.LazyAttribute(lambda rule: rule.key)
    queue = factory.SubFactory(QueueFactory)


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    email = factory.Sequence(lambda n: f"person{n}@buyer.example")
    created_at = NOW


class LeadFactory(DjangoModelFactory):
    class Meta:
        model = Lead

    person = factory.SubFactory(PersonFactory)
    created_at = NOW


class CompanyFactory(DjangoModelFactory):
    class Meta:
        model = Company

    domain = factory.Sequence(lambda n: f"buyer{n}.example")
    created_at = NOW


def queue_with(key: str, *reps: str, **fields: Any) -> Queue:
    """A queue whose members have weight 1; reps are made where there are none."""
    queue = QueueFactory(key=key, **fields)
    for rep_key in reps:
        rep = Rep.objects.filter(key=rep_key).first() or RepFactory(key=rep_key)
        MemberFactory(queue=queue, rep=rep)
    return queue
