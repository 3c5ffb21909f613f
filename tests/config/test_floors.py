"""The house: every room is on a floor, and no relation or migration points upward."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[2]
NOT_ROOMS = {"tests", "benchmarks", "frontend"}


def contract() -> dict[str, object]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return pyproject["tool"]["importlinter"]


def floor_of() -> dict[str, int]:
    """Room -> floor, higher numbers higher up."""
    layers = contract()["contracts"][0]["layers"]
    floors: dict[str, int] = {}
    for height, layer in enumerate(reversed(layers)):
        for room in layer.split("|"):
            floors[room.strip(" ()")] = height
    return floors


def top_level_packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_ROOMS


def test_every_top_level_package_is_on_a_floor():
    assert top_level_packages() <= set(floor_of())


def test_every_room_is_checked_by_the_contract():
    assert top_level_packages() == set(contract()["root_packages"])


def room_of(app_label: str) -> int | None:
    return floor_of().get(app_label)


def test_relations_between_models_point_downward_only():
    upward = []
    for model in apps.get_models():
        here = room_of(model._meta.app_label)
        if here is None:
            continue
        for field in model._meta.get_fields():
            if field.auto_created or not field.is_relation or field.related_model is None:
                continue
            there = room_of(field.related_model._meta.app_label)
            if there is not None and field.related_model._meta.app_label != model._meta.app_label and there >= here:
                upward.append(f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}")
    assert upward == []


@pytest.mark.parametrize("room", sorted(set(floor_of())))
def test_migrations_depend_downward_only(room):
    loader = MigrationLoader(None)
    dependencies = {
        other
        for (app, _), migration in loader.disk_migrations.items()
        if app == room
        for other, _ in [*migration.dependencies, *migration.run_before]
        if other != room and other in floor_of()
    }
    assert all(floor_of()[other] < floor_of()[room] for other in dependencies)
