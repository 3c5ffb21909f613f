"""Looks the company up in the imported datasets: one indexed query."""

from collections.abc import Sequence

from enrichment.models import COMPANY_ATTRIBUTES, DatasetRecord
from enrichment.providers.base import Finding, Subject


class DatasetProvider:
    key = "dataset"
    supplies = COMPANY_ATTRIBUTES

    def lookup(self, subject: Subject) -> Sequence[Finding]:
        """Where several datasets know an attribute, the one of higher priority is kept."""
        if subject.company_domain is None:
            return ()
        records = (
            DatasetRecord.objects.filter(domain=subject.company_domain, dataset__enabled=True)
            .select_related("dataset")
            .order_by("-dataset__priority", "dataset_id")
        )
        found: dict[str, Finding] = {}
        for record in records:
            for attribute, value in record.attributes.items():
                found.setdefault(
                    attribute,
                    Finding(attribute, value, record.dataset.confidence, subject="company", source="enrichment"),
                )
        return tuple(found.values())
