"""Datasets: what is known of companies, keyed by domain."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


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
