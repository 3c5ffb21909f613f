"""Reads of experiments."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Count, Q

from experiments.models import Experiment, Exposure, Variant


class Seen(NamedTuple):
    """Who saw a variant: visitors whose id outlives the page, and page views of others, who count anew each time."""

    visitors: int = 0
    page_views: int = 0


def exposure_counts(experiment: Experiment) -> dict[str, Seen]:
    """By variant key; visitors and page views apart, since the one can be followed and the other can't."""
    rows = (
        Exposure.objects.filter(experiment=experiment)
        .values_list("variant__key")
        .annotate(visitors=Count("id", filter=Q(sticky=True)), page_views=Count("id", filter=Q(sticky=False)))
        .order_by()
    )
    seen = {key: Seen(visitors, page_views) for key, visitors, page_views in rows}
    return {variant.key: seen.get(variant.key, Seen()) for variant in experiment.variants.all()}


def running_payloads(subject: str) -> list[Mapping[str, object]]:
    """What the subject's running experiment may show."""
    variants = Variant.objects.filter(experiment__subject=subject, experiment__status=Experiment.Status.RUNNING)
    return list(variants.values_list("payload", flat=True))
