"""Put a visitor into a variant and remember that it was shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conditions import parse
from experiments.bucketing import bucket_ranges, choose_variation, hash_value
from experiments.models import Experiment, Exposure, Variant
from foundation.prepared_query import PreparedQuery

HASH_VERSION = 2

# Asked whenever somebody opens a form, mostly in vain.
_running = PreparedQuery(
    Experiment, lambda subject: Experiment.objects.filter(subject=subject, status=Experiment.Status.RUNNING).order_by()
)


@dataclass(frozen=True)
class Assigned:
    """What the visitor sees. `payload` means something to the room that set it."""

    experiment_key: str
    variant_key: str
    payload: Mapping[str, Any]
    exposure_id: int


def assign_variant(
    *,
    subject: str,
    visitor_id: str,
    attributes: Mapping[str, object],
    sticky: bool,
    now: datetime,
    context_id: str = "",
) -> Assigned | None:
    """The visitor's variant of the subject's running experiment; None where there is none for this visitor.

    The same visitor always gets the same variant. The exposure is stored once per visitor.
    """
    experiment = _running.first(subject)
    if experiment is None or not parse(experiment.segment).matches(attributes):
        return None
    exposures = Exposure.objects.select_related("variant")
    # A stored exposure wins: what the visitor has seen once stays, whatever was done to coverage or weights since.
    exposure = exposures.filter(experiment=experiment, visitor_id=visitor_id).first()
    if exposure is None:
        variant = choose_variant(experiment, visitor_id)
        if variant is None:
            return None
        exposure, _ = exposures.get_or_create(
            experiment=experiment,
            visitor_id=visitor_id,
            defaults={"variant": variant, "sticky": sticky, "context_id": context_id, "exposed_at": now},
        )
    return Assigned(
        experiment_key=experiment.key,
        variant_key=exposure.variant.key,
        payload=exposure.variant.payload,
        exposure_id=exposure.pk,
    )


def choose_variant(experiment: Experiment, visitor_id: str) -> Variant | None:
    """The variant the hash gives; None outside of the coverage."""
    variants = list(experiment.variants.all())
    total = sum(variant.weight for variant in variants)
    number = hash_value(experiment.effective_seed, visitor_id, HASH_VERSION)
    if not total or number is None:
        return None
    weights = [variant.weight / total for variant in variants]
    index = choose_variation(number, bucket_ranges(len(variants), experiment.coverage, weights))
    return variants[index] if index >= 0 else None
