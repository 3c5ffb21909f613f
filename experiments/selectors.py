"""Reads of experiments."""

from collections.abc import Mapping

from django.db.models import Count

from experiments.models import Experiment, Exposure, Variant


def exposure_counts(experiment: Experiment) -> dict[str, int]:
    """Variant key -> visitors who saw it; 0 for those nobody saw."""
    counted = Exposure.objects.filter(experiment=experiment).values("variant__key").annotate(n=Count("id")).order_by()
    counts: Mapping[str, int] = {row["variant__key"]: row["n"] for row in counted}
    return {variant.key: counts.get(variant.key, 0) for variant in experiment.variants.all()}


def running_payloads(subject: str) -> list[Mapping[str, object]]:
    """What the subject's running experiment may show."""
    variants = Variant.objects.filter(experiment__subject=subject, experiment__status=Experiment.Status.RUNNING)
    return list(variants.values_list("payload", flat=True))
