"""`manage.py config`: what it prints, and the exit codes that programs go by."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from foundation.models import AuditEntry
from routing.models import Plan, Rep
from tests.config.configurations import SMALL

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def call(*arguments: object) -> str:
    out = StringIO()
    call_command("config", *map(str, arguments), stdout=out)
    return out.getvalue()


def exit_code(*arguments: object) -> object:
    with pytest.raises(SystemExit) as left:
        call(*arguments)
    return left.value.code


def test_a_plan_with_changes_exits_with_2_and_changes_nothing(file):
    assert exit_code("plan", file) == 2
    assert not Rep.objects.exists()


def test_a_plan_without_changes_exits_well(file):
    call("apply", file, "--yes", "--prune")
    assert call("plan", file, "--prune") == "Nothing to do: everything is as the file says.\n"


def test_the_difference_is_told_by_signs(file):
    call("apply", file, "--yes")
    file.write_text(SMALL.replace("{weight: 2}", "{weight: 3}").replace("key: rest", "key: new"))
    told = call("apply", file, "--yes", "--prune")
    assert "  ~ big\n      members.ada.weight: 2 → 3\n" in told
    assert "  + new\n  - rest\n" in told


def test_it_publishes_if_asked(file):
    assert "Plan 1 is active." in call("apply", file, "--yes", "--publish")
    assert Plan.objects.get().is_active


class TestPublishingAlone:
    """The file changes nothing, but the working copy isn't published yet."""

    @pytest.fixture(autouse=True)
    def _applied(self, file):
        call("apply", file, "--yes")

    def test_it_is_told_and_exits_with_2(self, file, capsys):
        with pytest.raises(SystemExit) as left:
            call_command("config", "plan", str(file), "--publish")
        assert (left.value.code, capsys.readouterr().out) == (2, "Routing plan: published\n")
        assert not Plan.objects.exists()

    def test_it_is_asked_for(self, file):
        with pytest.raises(CommandError, match="nobody is there to ask"):
            call("apply", file, "--publish")
        assert not Plan.objects.exists()

    def test_it_is_done_if_told_so(self, file):
        assert call("apply", file, "--publish", "--yes") == "Routing plan: published\nPlan 1 is active.\n"
        assert AuditEntry.objects.filter(action="configuration applied").count() == 1

    def test_once_published_there_is_nothing_to_do(self, file):
        call("apply", file, "--publish", "--yes")
        assert "Nothing to do" in call("plan", file, "--publish")
        assert "Nothing to do" in call("apply", file, "--publish")


def test_nobody_is_asked_where_nobody_is(file):
    with pytest.raises(CommandError, match="nobody is there to ask"):
        call("apply", file)
    assert not Rep.objects.exists()


def test_an_export_goes_to_a_file_or_out(file, tmp_path):
    call("apply", file, "--yes", "--prune")
    call("export", "--out", tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_text() == call("export")
    assert "\nrules:\n- key: large\n" in call("export")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", "not UTF-8"),
        (b"a: [", "can't be read: line"),
        (SMALL.replace("queue: big}", "queue: x}").encode(), "rules.large.queue"),
    ],
)
def test_what_is_wrong_is_told(file, content, told):
    file.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        call("plan", file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call("plan", tmp_path / "nothing.yaml")
