"""Datasets: what is known of companies, keyed by domain."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from enrichment.normalise import normalise
from leads.identity import registrable_domain

# What a dataset may know of a company.
COMPANY_ATTRIBUTES = frozenset(
    {"company_name", "country", "region", "postal_code", "employees", "revenue", "industry"},
)


class Dataset(models.Model):
    """One imported table of companies."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=True)
    priority = models.IntegerField(default=0, help_text="Where two datasets know a company, the higher one is kept.")
    confidence = models.FloatField(default=0.9, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    created_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-priority", "key"]

    def __str__(self) -> str:
        return self.name


class DatasetRecord(models.Model):
    """One company of a dataset; `attributes` are normalised."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="records")
    domain = models.CharField(max_length=253, db_index=True)
    attributes = models.JSONField(default=dict)

    class Meta:
        ordering = ["domain"]
        constraints = [models.UniqueConstraint(fields=["dataset", "domain"], name="domain_once_per_dataset")]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """What a person types in the admin must be as an import would store it, or it would never match a lead."""
        domain = registrable_domain(self.domain)
        if domain is None:
            raise ValidationError({"domain": "This is not the domain of a website."})
        self.domain = domain
        if problems := list(_problems(self.attributes)):
            raise ValidationError({"attributes": problems})


def _problems(attributes: object) -> Iterator[str]:
    if not isinstance(attributes, dict):
        yield "Must be an object of attributes."
        return
    for key, value in attributes.items():
        if key not in COMPANY_ATTRIBUTES:
            yield f"{key} is not an attribute of a dataset; those are {', '.join(sorted(COMPANY_ATTRIBUTES))}."
        elif (canonical := normalise(key, str(value))) != value:
            yield f"{key} must be written as {canonical!r}." if canonical else f"{key} isn't understood."
