"""People, companies and observations, to read. The lead's own page is in pipeline.admin, where its story is known."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.admin import ReadOnlyAdmin, counted
from leads.attributes import ATTRIBUTES
from leads.models import Company, Observation, Person


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    when_empty = "Nobody has written yet. People come with the first submission of a form, or with an import."
    list_display = ["__str__", "email", "company", "created_at", "erased_at"]
    list_select_related = ["company"]
    search_fields = ["email", "full_name", "company__domain"]
    list_filter = [("erased_at", admin.EmptyFieldListFilter), ("created_at", admin.DateFieldListFilter)]
    show_full_result_count = False


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin):
    when_empty = "No company is known yet. Companies come with people who write from a company's address."
    list_display = ["__str__", "domain", "people_count", "created_at"]
    search_fields = ["domain", "name"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        companies: QuerySet[Company] = super().get_queryset(request)
        return companies.annotate(people_total=counted(Person.objects.all(), "company"))

    @admin.display(description="People", ordering="people_total")
    def people_count(self, company: Company) -> int:
        return int(getattr(company, "people_total", 0))


class AttributeFilter(admin.SimpleListFilter):
    """The attributes known by name; asking the table which ones occur would read all of it."""

    title = "attribute"
    parameter_name = "attribute"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(spec.key, spec.label) for spec in ATTRIBUTES.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Observation]) -> QuerySet[Observation]:
        return queryset.filter(attribute=self.value()) if self.value() else queryset


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    when_empty = "Nothing was observed yet. Answers and company data appear here with their source."
    list_display = ["label", "in_words", "source", "provider", "share", "person", "company", "observed_at"]
    list_select_related = ["person", "company"]
    list_filter = [AttributeFilter, "source", "personal"]
    search_fields = ["=person__email", "=company__domain", "=provider"]
    show_full_result_count = False

    @admin.display(description="Attribute", ordering="attribute")
    def label(self, observation: Observation) -> str:
        return attribute_label(observation.attribute)

    @admin.display(description="Value")
    def in_words(self, observation: Observation) -> str:
        return value_in_words(observation.value)

    @admin.display(description="Confidence", ordering="confidence")
    def share(self, observation: Observation) -> str:
        return f"{observation.confidence:.0%}"


def attribute_label(key: str) -> str:
    spec = ATTRIBUTES.get(key)
    return spec.label if spec else key


def value_in_words(value: object) -> str:
    """As people write it: 8,500; Yes; blank after erasing is said."""
    if value is None:
        return "erased"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)
