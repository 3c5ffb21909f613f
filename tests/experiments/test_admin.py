import pytest
from django.urls import reverse

from experiments.models import Experiment, Exposure
from tests.experiments.factories import NOW, VariantFactory, ready_experiment, running_experiment

pytestmark = pytest.mark.django_db


def address(experiment: Experiment, page: str = "change") -> str:
    return reverse(f"admin:experiments_experiment_{page}", args=[experiment.pk])


def texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def detail_action(client, experiment: Experiment, name: str):
    return client.post(address(experiment, name), follow=True)


def inline_without_rows() -> dict[str, str]:
    return {f"variants-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}


def test_start_sets_it_running(admin_client):
    experiment = ready_experiment()
    assert texts(detail_action(admin_client, experiment, "start")) == ["“Shorter is better” is running."]
    assert Experiment.objects.get().is_running


def test_a_link_from_elsewhere_starts_nothing(admin_client):
    experiment = ready_experiment()
    assert admin_client.get(address(experiment, "start")).status_code == 200
    assert not Experiment.objects.get().is_running


def test_a_refused_start_says_why(admin_client):
    experiment = ready_experiment()
    experiment.variants.update(is_control=False)
    assert texts(detail_action(admin_client, experiment, "start")) == ["Exactly one variant must be the control."]
    assert not Experiment.objects.get().is_running


def test_stop_ends_it(admin_client):
    assert texts(detail_action(admin_client, running_experiment(), "stop")) == ["“Shorter is better” was stopped."]
    assert Experiment.objects.get().status == Experiment.Status.STOPPED


def test_a_running_experiment_offers_only_what_deals_nobody_anew(admin_client):
    page = admin_client.get(address(running_experiment()))
    assert set(page.context["adminform"].form.fields) == {"name", "hypothesis", "coverage"}


def test_the_variants_of_a_running_experiment_are_not_offered(admin_client):
    page = admin_client.get(address(running_experiment()))
    (inline,) = page.context["inline_admin_formsets"]
    assert (inline.has_change_permission, inline.has_add_permission, inline.has_delete_permission) == (False,) * 3


def test_what_is_posted_all_the_same_changes_no_running_experiment(admin_client):
    experiment = running_experiment(key="length")
    form = {"name": "Renamed", "coverage": "0.5", "key": "other", "subject": "page:other", "seed": "x"}
    admin_client.post(address(experiment), {**form, **inline_without_rows()})
    experiment.refresh_from_db()
    assert (experiment.name, experiment.coverage) == ("Renamed", 0.5)
    assert (experiment.key, experiment.subject, experiment.seed) == ("length", "page:pricing", "")


def test_a_running_experiment_is_not_deleted(admin_client):
    experiment = running_experiment()
    assert admin_client.post(address(experiment, "delete"), {"post": "yes"}).status_code == 403


def test_exposures_are_shown_by_variant(admin_client):
    experiment = running_experiment()
    variant = experiment.variants.get(key="short")
    Exposure.objects.create(experiment=experiment, variant=variant, visitor_id="ann", sticky=True, exposed_at=NOW)
    assert "<td>short</td><td>1</td><td>100.0%</td>" in admin_client.get(address(experiment)).content.decode()


def test_the_list_costs_the_same_for_many_as_for_two(admin_client, django_assert_max_num_queries):
    ready_experiment()
    ready_experiment()
    with django_assert_max_num_queries(12) as few:
        admin_client.get(reverse("admin:experiments_experiment_changelist"))
    for _ in range(5):
        VariantFactory()
    with django_assert_max_num_queries(len(few)):
        assert admin_client.get(reverse("admin:experiments_experiment_changelist")).status_code == 200


def test_who_may_only_look_starts_nothing(client, django_user_model):
    from django.contrib.auth.models import Group

    analyst = django_user_model.objects.create_user("ana", password="x", is_staff=True)
    analyst.groups.add(Group.objects.get(name="Analyst"))
    client.force_login(analyst)
    experiment = ready_experiment()
    assert detail_action(client, experiment, "start").status_code == 403
    assert not Experiment.objects.get().is_running
