from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from experiments.models import Experiment, Exposure
from experiments.selectors import exposure_counts, running_payloads
from experiments.services.assign_variant import Assigned, assign_variant
from experiments.services.lifecycle import stop_experiment
from tests.experiments.factories import NOW, SUBJECT, VariantFactory, ready_experiment, running_experiment

pytestmark = pytest.mark.django_db


def see(visitor_id: str = "ann", *, attributes=None, now=NOW, sticky=True, **extra) -> Assigned | None:
    return assign_variant(
        subject=SUBJECT, visitor_id=visitor_id, attributes=attributes or {}, sticky=sticky, now=now, **extra
    )


def shown(visitors) -> dict[str, str | None]:
    found = {each: see(each) for each in visitors}
    return {visitor: assigned.variant_key if assigned else None for visitor, assigned in found.items()}


VISITORS = [f"visitor-{number}" for number in range(60)]


def test_nobody_is_in_an_experiment_that_has_not_started():
    ready_experiment()
    assert see() is None


def test_nobody_is_in_an_experiment_that_was_stopped():
    stop_experiment(experiment=running_experiment(), now=NOW)
    assert see() is None


def test_a_visitor_gets_key_variant_and_payload():
    experiment = running_experiment(key="length")
    assigned = see()
    variant = experiment.variants.get(key=assigned.variant_key)
    assert (assigned.experiment_key, assigned.payload) == ("length", variant.payload)


def test_an_experiment_on_another_subject_is_none_of_ours():
    running_experiment(subject="page:imprint")
    assert see() is None


def test_the_exposure_is_stored_once_with_the_first_time():
    running_experiment()
    first = see(context_id="filling-1", sticky=False)
    again = see(context_id="filling-2", now=NOW + timedelta(days=1))
    exposure = Exposure.objects.get()
    assert first.exposure_id == again.exposure_id == exposure.pk
    assert (exposure.exposed_at, exposure.context_id, exposure.sticky) == (NOW, "filling-1", False)


def test_every_variant_is_shown_to_somebody():
    experiment = running_experiment()
    shown(VISITORS)
    counts = exposure_counts(experiment)
    assert set(counts) == {"long", "short"}
    assert sum(seen.visitors + seen.page_views for seen in counts.values()) == len(VISITORS)
    assert min(seen.visitors for seen in counts.values()) > 15


def test_visitors_who_agreed_and_page_views_of_others_are_counted_apart():
    experiment = running_experiment()
    see(sticky=True)
    see(visitor_id="another-visitor-entirely", sticky=False)
    seen = exposure_counts(experiment).values()
    assert (sum(each.visitors for each in seen), sum(each.page_views for each in seen)) == (1, 1)


def test_a_variant_nobody_saw_counts_nothing():
    assert exposure_counts(ready_experiment()) == {"long": (0, 0), "short": (0, 0)}


def test_a_segment_leaves_the_others_out_without_an_exposure():
    running_experiment(segment={"utm_source": "linkedin"})
    assert see("ann", attributes={"utm_source": "search"}) is None
    assert see("ben", attributes={"utm_source": "linkedin"}) is not None
    assert Exposure.objects.get().visitor_id == "ben"


def test_who_is_outside_of_the_coverage_sees_no_variant_and_leaves_no_exposure():
    running_experiment(coverage=0.0)
    assert set(shown(VISITORS).values()) == {None}
    assert not Exposure.objects.exists()


def test_raising_the_coverage_lets_visitors_in_and_moves_nobody():
    experiment = running_experiment(coverage=0.3)
    before = shown(VISITORS)
    Experiment.objects.filter(pk=experiment.pk).update(coverage=1.0)
    after = shown(VISITORS)
    assert None in before.values()
    assert None not in after.values()
    moved = [each for each in VISITORS if before[each] not in (None, after[each])]
    assert moved == []


def test_lowering_the_coverage_keeps_those_who_have_seen_a_variant():
    experiment = running_experiment()
    before = shown(VISITORS)
    Experiment.objects.filter(pk=experiment.pk).update(coverage=0.0)
    assert shown(VISITORS) == before
    assert see("newcomer") is None


def test_weights_changed_between_two_runs_leave_those_where_they_are_who_have_seen_a_variant():
    experiment = running_experiment()
    before = shown(VISITORS)
    experiment.variants.filter(key="long").update(weight=1_000)
    assert shown(VISITORS) == before


def test_experiments_of_one_seed_split_equally():
    first = running_experiment(key="first", seed="shared")
    before = shown(VISITORS)
    stop_experiment(experiment=first, now=NOW)
    running_experiment(key="second", seed="shared")
    assert shown(VISITORS) == before


def test_the_key_is_the_seed_where_none_is_given():
    assert ready_experiment(key="length").effective_seed == "length"


def test_a_variant_without_weight_is_shown_to_nobody():
    experiment = running_experiment()
    VariantFactory(experiment=experiment, key="hidden", position=2, weight=0)
    assert "hidden" not in shown(VISITORS).values()


def test_only_the_running_experiment_says_what_may_be_shown():
    ready_experiment()
    running_experiment()
    assert running_payloads(SUBJECT) == [{"length": 3}, {"length": 1}]


class TestAnyVisitor(TestCase):
    """Each example has a transaction of its own."""

    def setUp(self) -> None:
        running_experiment()

    @settings(max_examples=30, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=64))
    def test_the_same_visitor_always_gets_the_same_variant(self, visitor_id):
        assert see(visitor_id) == see(visitor_id)
