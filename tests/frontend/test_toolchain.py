"""What `make frontend-check` holds: built files are what their sources build, and small."""

import json
import re

import pytest

from frontend import toolchain
from frontend.__main__ import stale_files
from frontend.sizes import gzip_size, measure
from frontend.toolchain import HERE, ToolchainError

CONDITIONS = "src/conditions.ts"


@pytest.fixture
def fresh(packages, tmp_path):
    toolchain.build(tmp_path / "fresh", CONDITIONS)
    return tmp_path / "fresh"


def test_the_same_source_builds_the_same_bytes(fresh, tmp_path):
    toolchain.build(tmp_path / "again", CONDITIONS)
    assert list(stale_files(fresh, tmp_path / "again")) == []


def test_a_built_file_that_was_edited_is_named(fresh, tmp_path):
    toolchain.build(tmp_path / "committed", CONDITIONS)
    edited = tmp_path / "committed" / "conditions.js"
    edited.write_text(edited.read_text() + " ")
    [complaint] = stale_files(fresh, tmp_path / "committed")
    assert complaint.startswith(f"{edited} isn't")


def test_a_built_file_that_was_not_committed_is_named(fresh, tmp_path):
    [complaint] = stale_files(fresh, tmp_path / "committed")
    assert "committed/conditions.js isn't" in complaint


def test_a_source_that_does_not_build_is_an_error_that_says_where(packages, tmp_path):
    (tmp_path / "broken.ts").write_text("const = 1;")
    with pytest.raises(ToolchainError, match=r"broken\.ts:1:6"):
        toolchain.build(tmp_path, str(tmp_path / "broken.ts"))


def test_node_on_the_path_does_not_matter(packages, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert toolchain.node("-p", "process.version").startswith("v24.")


def test_the_evaluator_stays_small(fresh):
    assert gzip_size((fresh / "conditions.js").read_bytes()) <= 1_300


def limits(tmp_path, **entry):
    (tmp_path / "a.js").write_text("a" * 1_000)
    path = tmp_path / "sizes.json"
    path.write_text(json.dumps({"group": {"files": ["a.js"], **entry}}))
    return measure(tmp_path, path)[0]


def test_a_group_within_its_limit_is_fine(tmp_path):
    size = gzip_size(b"a" * 1_000)
    assert limits(tmp_path, limit=size).complaint is None


def test_a_group_above_its_limit_is_named_with_both_figures(tmp_path):
    size = gzip_size(b"a" * 1_000)
    assert limits(tmp_path, limit=size - 1).complaint == f"group: {size} bytes of gzip, 1 above the limit {size - 1}"


def test_a_file_that_is_not_there_is_named(tmp_path):
    complaint = limits(tmp_path, limit=100, files=["a.js", "b.js"]).complaint
    assert complaint == "sizes.json names files that aren't there: b.js"


def test_files_of_a_group_are_weighed_each_by_itself(tmp_path):
    (tmp_path / "b.js").write_text("b")
    both = limits(tmp_path, limit=1, files=["a.js", "b.js"]).size
    assert both == gzip_size(b"a" * 1_000) + gzip_size(b"b")


def test_the_lock_names_no_host_and_checks_every_package():
    lock = (HERE / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert not re.search(r"https?:", lock)
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
