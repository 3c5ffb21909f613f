"""Applying a configuration: all or nothing, the same again changes nothing, what can't be done is told with a path."""

import re
from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from config.configuration.apply import (
    MODELS,
    apply_configuration,
    mark_of_present,
    rehearse,
)
from config.configuration.document import read, write
from config.configuration.export import export_configuration
from config.configuration.schema import SECTION, SECTIONS
from config.errors import ApprovalNeeded, ConfigurationChanged, ConfigurationInvalid
from experiments.models import Experiment, Variant
from forms_engine.models import FormVersion
from forms_engine.services.publish_version import publish_version
from foundation.models import AuditEntry
from integrations.models import WebhookEndpoint
from integrations.services.send_again import send_test_event
from routing.models import AlertRule, Member, NamedAccount, Plan, Queue, Rep, Rule, Territory
from routing.models.draft import draft_revision
from routing.services.route_lead import route_lead
from tests.config.configurations import SMALL, configurations
from tests.forms_engine.documents import document
from tests.forms_engine.factories import BrandFactory, FormFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def apply(text: str = SMALL, **more):
    return apply_configuration(wanted=read(text), now=NOW, **{"prune": True, **more})


def small(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def problems(text: str, **more) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as refused:
        apply(text, **more)
    return [str(problem) for problem in refused.value.problems]


def exported() -> str:
    return write(export_configuration())


# Shrinking would apply hundreds of configurations more.
@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(configurations())
def test_an_export_applied_to_an_empty_installation_exports_the_same(configuration):
    with transaction.atomic():
        apply_configuration(wanted=configuration, prune=True, now=NOW)
        first = exported()
        _empty()
        apply_configuration(wanted=read(first), prune=True, now=NOW)
        assert exported() == first
        assert rehearse(read(first), prune=True, now=NOW).is_empty
        transaction.set_rollback(True)


def _empty() -> None:
    FormVersion.objects.all()._raw_delete("default")
    for model in (Member, Variant, Rule, NamedAccount):
        model.objects.all().delete()
    Territory.objects.update(parent=None)
    Queue.objects.update(fallback=None, manager=None)
    for model in reversed(list(MODELS.values())):
        model._default_manager.all().delete()


def test_applying_again_changes_nothing():
    apply()
    assert apply().difference.is_empty
    assert AuditEntry.objects.filter(action="configuration applied").count() == 1


def test_the_audit_says_how_much_was_changed():
    apply(source="trial.yaml")
    entry = AuditEntry.objects.get(action="configuration applied")
    assert (entry.label, entry.changes["reps.ada"]) == ("trial.yaml", [None, "added"])
    assert "reps: 2 added; queues: 2 added" in entry.note


def test_the_audit_has_one_entry_and_each_field_of_it():
    apply()
    AuditEntry.objects.all()._raw_delete("default")
    apply(small("name: Large", "name: Larger"))
    assert AuditEntry.objects.get().changes == {"rules.large.name": ["Large", "Larger"]}


def test_the_draft_has_one_revision_more():
    before = draft_revision()
    apply()
    assert int(draft_revision().partition("-")[0]) == int(before.partition("-")[0]) + 1


def test_publishing_is_refused_where_somebody_else_must_approve(settings):
    settings.PLAN_NEEDS_APPROVAL = True
    with pytest.raises(ApprovalNeeded):
        apply(publish=True)
    assert not Rep.objects.exists()


# What people don't set up, or what the file has in another way.
NO_CONFIGURATION = {
    *("id", "position", "created_at", "archived_at", "active_version", "status", "started_at", "stopped_at"),
    "disabled_reason",
}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_a_section_has_every_field_that_people_set(section):
    fields = {field.name for field in MODELS[section.key]._meta.concrete_fields}
    assert fields - NO_CONFIGURATION - {section.named_by} - {field.on_model for field in section.fields} == set()


def test_members_and_accounts_have_every_field_too():
    members = {field.name for field in Member._meta.concrete_fields} - {"id", "queue", "rep"}
    accounts = {field.name for field in NamedAccount._meta.concrete_fields} - {"id", "list", "domain"}
    assert members == {field.name for field in SECTION["queues"].field("members").entries}
    assert accounts == {field.name for field in SECTION["account_lists"].field("accounts").entries}


def test_alert_rules_come_along():
    text = """switchyard: 1
queues: {desk: {name: Desk}}
alert_rules:
  slow: {name: Slow, kind: fallback_rate, queue: desk, threshold: 2.5, quiet_from: "22:00", quiet_to: "06:30"}
"""
    apply(text, prune=False)
    rule = AlertRule.objects.get(key="slow")
    assert (rule.queue.key, rule.threshold, rule.quiet_from) == ("desk", Decimal("2.5"), time(22))
    assert apply(text, prune=False).difference.is_empty


def test_what_the_file_changes_is_changed():
    apply()
    apply(small("ada: {weight: 2}", "ada: {weight: 3}"))
    assert Member.objects.get(queue__key="big", rep__key="ada").weight == 3


def test_a_field_that_is_left_out_has_its_default_again():
    apply()
    apply(small("{cap_day: 5}", "{}"))
    assert Member.objects.get(queue__key="big", rep__key="ben").cap_day is None


def test_only_what_differs_is_written():
    apply()
    before = Rule.history.count(), Rep.history.count()
    apply(small("name: Large", "name: Larger"))
    assert (Rule.history.count(), Rep.history.count()) == (before[0] + 1, before[1])


def test_a_section_that_the_file_lacks_stays():
    apply()
    apply("switchyard: 1\nrules: []\n")
    assert (Rule.objects.count(), Queue.objects.count()) == (0, 2)


def test_without_pruning_nothing_is_removed():
    apply()
    apply("switchyard: 1\nrules: []\nterritories: []\n", prune=False)
    assert (Rule.objects.count(), Territory.objects.count()) == (2, 2)


def test_rules_stand_in_the_order_of_the_file():
    apply()
    turned = SMALL.replace("key: large", "key: x").replace("key: rest, name: Rest", "key: large, name: Large")
    apply(turned.replace("key: x, name: Large, territory: emea", "key: rest, name: Rest"))
    assert list(Rule.objects.values_list("key", flat=True)) == ["rest", "large"]


def test_a_new_rule_goes_where_the_file_has_it():
    apply()
    apply(small("- {key: rest", "- {key: middle, name: Middle, queue: big}\n- {key: rest"), prune=False)
    assert list(Rule.objects.values_list("key", flat=True)) == ["large", "middle", "rest"]


def test_an_account_may_move_to_another_list():
    apply()
    other = (
        '  other: {name: Other, queue: desk, accounts: "domain,company_name,owner\\nacme.com,Acme Inc.,"}\nterritories:'
    )
    apply(small("      acme.com,Acme Inc.,ben\n", "").replace("territories:", other, 1))
    account = NamedAccount.objects.get(domain="acme.com")
    assert (account.list.key, account.owner) == ("other", None)


def test_a_list_may_be_renamed_with_its_accounts():
    apply()
    apply(small("  strategic:\n", "  named:\n"))
    assert set(NamedAccount.objects.values_list("domain", "list__key")) == {
        ("acme.com", "named"),
        ("zeta.com", "named"),
    }


def test_accounts_of_a_list_that_goes_go_with_it():
    apply()
    apply(small("  strategic:\n", "  named:\n").replace('      zeta.com,"Zeta, Works",\n', ""))
    assert NamedAccount.objects.get().domain == "acme.com"


def test_reps_may_swap_their_addresses():
    apply()
    apply(SMALL.replace("ada@", "x@").replace("ben@", "ada@").replace("x@", "ben@"))
    assert dict(Rep.objects.values_list("key", "email")) == {"ada": "ben@seller.example", "ben": "ada@seller.example"}


def test_the_default_queue_may_become_another():
    apply()
    apply(
        SMALL.replace("name: Desk, default: true", "name: Desk").replace(
            "name: Big\n", "name: Big\n    default: true\n"
        )
    )
    assert Queue.objects.get(is_default=True).key == "big"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("queue: big}\n- {key: rest", "queue: bog}\n- {key: rest", "rules.large.queue: there is no queue 'bog'"),
        ("ben: {cap_day: 5}", "bob: {cap_day: 5}", "queues.big.members: there is no rep 'bob'"),
        ("Acme Inc.,ben", "Acme Inc.,bob", "account_lists.strategic.accounts.acme.com.owner: there is no rep 'bob'"),
        ("parent: emea", "parent: dach", "territories.dach.parent: leads in a circle"),
        ("$gte: 200", "$gte: many", "rules.large.condition."),
        ("employees: {$gte", "headcount: {$gte", "rules.large.condition.headcount: "),
        ("ben@seller", "ada@seller", "reps.ben.email: is the email of 'ada' too"),
        ("name: Big", "name: Big\n    default: true", "queues.big.default: the default queue is 'desk' already"),
        ("queue: desk}", "queue: desk, owner: ada}", "rules.rest: has both a queue and an owner"),
        ("default: 10", "default: ten", "contract[1].default: "),
        ("time_zone: Europe/Berlin", "time_zone: Mars", "reps.ben.time_zone: "),
        ("cap_day: 5", "cap_day: -5", "queues.big.members.ben.cap_day: "),
        ("cap_day: 5", "cap_day: 99999999999999999999", "queues.big.members.ben.cap_day: "),
        ("reps:\n", "reps:\n  'a b': {name: X, email: x@x.example}\n", "reps.a b.key: "),
        ("countries: [DE]", "countries: [XX]", "territories.dach.countries: "),
        ("webhooks: {}", "webhooks: {x: {url: 'ftp://x'}}", "webhooks.x.url: "),
        (
            "reps:\n",
            "reps:\n  cyd: {name: Cyd, email: c@x.example, user: cyd}\n",
            "reps.cyd.user: there is no user 'cyd'",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused_and_nothing_is_stored(old, new, told):
    found = problems(small(old, new))
    assert any(problem.startswith(told) for problem in found), found
    assert not Rep.objects.exists()


def test_what_others_still_need_is_not_pruned():
    apply()
    assert problems("switchyard: 1\nqueues: {desk: {name: Desk, default: true}}\n") == [
        "account_lists.strategic.queue: there is no queue 'big'",
        "rules.large.queue: there is no queue 'big'",
        "golden_leads.A large one.queue: there is no queue 'big'",
    ]


def test_a_rep_who_was_given_leads_becomes_inactive_instead_of_going(lead_of_ada):
    apply(
        SMALL.replace("  ada: {name: Ada, email: ada@seller.example}\n", "")
        .replace("ada: {}", "ben: {}")
        .replace("      ada: {weight: 2}\n", "")
    )
    assert not Rep.objects.get(key="ada").active
    assert rehearse(read(exported().replace("ada", "gone")), prune=False, now=NOW)


@pytest.fixture
def lead_of_ada():
    from routing.contract import Inputs
    from routing.selectors import active_plan
    from tests.routing.factories import LeadFactory

    apply(publish=True)
    inputs = Inputs(values={"country": "DE", "employees": 10})
    return route_lead(lead=LeadFactory(), submission_id=uuid4(), inputs=inputs, active=active_plan(), now=NOW)


def test_publishing_is_part_of_the_same_deed():
    plan = apply(publish=True).plan
    assert plan is not None
    assert plan.is_active


def test_nothing_is_applied_where_a_golden_lead_fails():
    from routing.errors import GoldenLeadsFailed

    with pytest.raises(GoldenLeadsFailed):
        apply(small("employees: 500}, queue: big", "employees: 5}, queue: big"), publish=True)
    assert not Rep.objects.exists()


def test_rehearsing_stores_nothing():
    found = rehearse(read(SMALL), prune=True, publish=True, now=NOW)
    assert found.counts["reps"]["added"] == 2
    assert not Rep.objects.exists()
    assert not Plan.objects.exists()


def test_what_changed_since_the_difference_was_shown_is_not_run_over():
    apply()
    mark = mark_of_present()
    Rule.objects.filter(key="rest").update(name="Mine")
    with pytest.raises(ConfigurationChanged):
        apply(small("name: Rest", "name: Theirs"), mark=mark)
    assert Rule.objects.get(key="rest").name == "Mine"


def test_users_are_named_only_if_asked():
    apply()
    Rep.objects.filter(key="ada").update(user=User.objects.create_user("ada"))
    assert "user:" not in exported()
    assert "user: ada" in write(export_configuration(with_users=True))
    apply(exported())
    assert Rep.objects.get(key="ada").user is not None


class TestForms:
    @pytest.fixture
    def form(self):
        form = FormFactory(slug="demo", brand=BrandFactory(slug="brand"))
        publish_version(form=form, document=document(title="First"), now=NOW)
        publish_version(form=form, document=document(title="Second"), now=NOW)
        return form

    def test_an_equal_document_makes_no_new_version(self, form):
        assert apply(exported()).difference.is_empty
        assert form.versions.count() == 2

    def test_another_document_becomes_the_active_version(self, form):
        apply(exported().replace("Second", "Third"))
        form.refresh_from_db()
        assert (form.active_version.number, form.active_version.document["title"]) == (3, "Third")

    def test_an_earlier_document_becomes_active_again_without_a_new_version(self, form):
        apply(exported().replace("Second", "First"))
        form.refresh_from_db()
        assert (form.active_version.number, form.versions.count()) == (1, 2)

    def test_a_document_that_does_not_hold_together_is_told_with_its_place(self, form):
        assert problems(exported().replace("type: email", "type: post"))[0].startswith("forms.demo.versions.2.steps[0]")

    def test_a_form_that_the_file_lacks_is_archived(self, form):
        apply("switchyard: 1\nforms: {}\n")
        form.refresh_from_db()
        assert form.archived_at == NOW
        assert apply("switchyard: 1\nforms: {}\n").difference.is_empty

    def test_variants_name_versions_by_what_they_hold(self, form):
        first = form.versions.get(number=1)
        experiment = Experiment.objects.create(key="titles", name="Titles", subject="form:demo")
        Variant.objects.create(experiment=experiment, key="a", name="A", payload={"form_version": first.pk})
        text = exported()
        Variant.objects.all().delete()
        apply(text)
        assert Variant.objects.get().payload == {"form_version": first.pk}

    @pytest.fixture
    def running(self, form) -> str:
        """The text of a file with an experiment that has begun meanwhile."""
        experiment = Experiment.objects.create(key="titles", name="Titles", subject="form:demo")
        for position, key in enumerate("ab"):
            Variant.objects.create(experiment=experiment, key=key, name=key, weight=7, position=position)
        text = exported()
        Experiment.objects.update(status="running", started_at=NOW)
        return text

    RUNS = "Variants of a running experiment can't change; stop it first"

    def test_a_running_experiment_keeps_its_variants_as_they_are(self, running):
        changed = running.replace("weight: 7", "weight: 8", 1)
        assert problems(changed) == [f"experiments.titles.variants.a: {self.RUNS}"]

    def test_a_running_experiment_loses_no_variant(self, running):
        shorter = re.sub(r"      b:\n(        .*\n)+", "", running)
        assert problems(shorter) == [f"experiments.titles.variants.b: {self.RUNS}"]

    def test_a_running_experiment_gets_no_variant(self, running):
        longer = running.replace("      b:\n", "      c: {name: C}\n      b:\n")
        assert f"experiments.titles.variants.c: {self.RUNS}" in problems(longer)

    def test_a_running_experiment_that_the_file_lacks_stays(self, running):
        assert apply("switchyard: 1\nexperiments: {}\n").difference.is_empty

    def test_a_draft_loses_variants_that_the_file_lacks(self, running):
        Experiment.objects.update(status="draft", started_at=None)
        apply(re.sub(r"      b:\n(        .*\n)+", "", running))
        assert Variant.objects.get().key == "a"


class TestWebhooks:
    HOOK = "switchyard: 1\nwebhooks: {crm: {url: 'https://crm.example/in'}}\n"

    def test_a_new_one_gets_a_secret_of_its_own(self):
        apply(self.HOOK)
        assert WebhookEndpoint.objects.get().secret.startswith("whsec_")

    def test_no_secret_leaves_the_installation(self):
        apply(self.HOOK)
        assert "whsec_" not in exported()

    def test_the_secret_stays_where_the_file_names_none(self):
        apply(self.HOOK)
        before = WebhookEndpoint.objects.get().secret
        apply(self.HOOK.replace("/in", "/new"))
        after = WebhookEndpoint.objects.get()
        assert (after.secret, after.url) == (before, "https://crm.example/new")

    def test_a_secret_that_is_given_is_taken_and_never_shown(self):
        secret = f"whsec_{'a' * 43}="
        applied = apply(self.HOOK.replace("in'}", f"in', secret: {secret}}}"))
        assert WebhookEndpoint.objects.get().secret == secret
        assert secret not in str(applied.difference.sections) + str(list(AuditEntry.objects.values()))

    NONE = "switchyard: 1\nwebhooks: {}\n"

    def test_one_that_the_file_lacks_goes(self):
        apply(self.HOOK)
        apply(self.NONE)
        assert not WebhookEndpoint.objects.exists()

    @pytest.fixture
    def sent(self) -> WebhookEndpoint:
        apply(self.HOOK)
        send_test_event(endpoint=WebhookEndpoint.objects.get(), now=NOW)
        return WebhookEndpoint.objects.get()

    def test_one_with_deliveries_is_turned_off_and_keeps_them(self, sent):
        apply(self.NONE)
        sent.refresh_from_db()
        assert (sent.enabled, sent.disabled_reason, sent.deliveries.count()) == (False, "not in the configuration", 1)
        assert apply(self.NONE).difference.is_empty

    def test_one_that_was_turned_off_comes_back_with_the_file(self, sent):
        apply(self.NONE)
        apply(self.HOOK)
        sent.refresh_from_db()
        assert (sent.enabled, sent.disabled_reason) == (True, "")

    def test_two_of_one_name_are_told_apart(self):
        for path in ("a", "b"):
            WebhookEndpoint.objects.create(name="crm", url=f"https://crm.example/{path}")
        assert apply(exported()).difference.is_empty


def test_the_number_of_queries_of_an_export_is_fixed(django_assert_max_num_queries):
    apply()
    with django_assert_max_num_queries(22):
        export_configuration()
