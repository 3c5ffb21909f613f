"""django-import-export's resources for the working copy's tables: what each row of a file would change.

Three things differ from that library's own way, so that fifty thousand rows take seconds. All rows of a table are read
once, not one by one. The difference is told by the fields that the file has, not by copies of whole rows. And rows
are only collected while the file is looked through; `write` stores them once somebody has seen what changes. Until
then nothing is written, so no transaction is held open meanwhile: on SQLite that would keep every lead waiting.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet
from django.utils.text import slugify
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.results import Result, RowResult

from routing.transfer.kinds import Kind
from routing.transfer.report import MOST_SHOWN, Report

ROW, PROBLEM = "#row", "#problem"
BATCH = 1_000
LONGEST_SHOWN = 200
Tell = Callable[[int, int, str], None]
Row = Mapping[str, Any]
# Label and instance of each.
Gone = list[tuple[str, Any]]


class _QuietResult(RowResult):
    """Says nothing of the instance: asking each for its name reads what it refers to."""

    def add_instance_info(self, instance: Any) -> None:
        pass


class _NoResults(Result):
    """Keeps nothing of single rows: the report keeps what people read, and a file may have 200,000."""

    def append_row_result(self, row_result: RowResult) -> None:
        pass

    def append_invalid_row(self, number: int, row: Row, validation_error: ValidationError) -> None:
        pass

    def append_error_row(self, number: int, row: Row, errors: Any) -> None:
        pass


class _AllInstances(BaseInstanceLoader):
    """Every row of the table by its identity, in one read."""

    def __init__(self, resource: "TransferResource", dataset: Any = None) -> None:
        super().__init__(resource, dataset)
        self._known = {resource.identity_in(instance): instance for instance in resource.existing()}
        resource.known = self._known

    def get_instance(self, row: Row) -> Model | None:
        found: Model | None = self._known.get(self.resource.identity)
        return found


class TransferResource(ModelResource):
    """One kind of rows. Subclasses say what identifies a row, what refers to what, and what must hold within a row.

    `refused` maps identities to a column and words: rows that turned out to be bad when all had been read.
    """

    kind: ClassVar[Kind]
    model: ClassVar[type[Model]]
    identity: Hashable
    known: dict[Hashable, Any]

    def __init__(self, *, tell: Tell | None = None) -> None:
        super().__init__()
        self.tell = tell or (lambda done, total, note: None)
        self.report = Report()
        self.refused: dict[Hashable, tuple[str, str]] = {}
        self._seen: dict[Hashable, int] = {}
        self._instance: Any = None
        self._before: dict[str, Any] = {}
        self._changes: dict[str, list[str]] = {}
        self._total = 0

    # What subclasses say

    def existing(self) -> Iterable[Any]:
        return self.queryset()

    def queryset(self) -> "QuerySet[Any]":
        return self.model._default_manager.all()

    def identity_in(self, instance: Any) -> Hashable:
        raise NotImplementedError

    def identity_of(self, row: Row) -> Hashable:
        """Raises ValidationError by column."""
        raise NotImplementedError

    def begin(self, instance: Any, identity: Any, row: Row) -> None:
        """Give a new instance its identity and what an empty file would leave open."""
        raise NotImplementedError

    def label(self, identity: Any) -> str:
        return str(identity)

    def check(self, instance: Any, row: Row, *, is_new: bool) -> None:
        """What must hold within a row. Raises ValidationError by column."""

    def second_thoughts(self) -> dict[Hashable, tuple[str, str]]:
        """Rows that are bad because of other rows, once all have been read."""
        return {}

    def to_remove(self) -> Gone:
        """What the file doesn't have, within what the file is about."""
        return []

    def lock(self) -> None:
        """Rows that others lock who would make what was seen untrue, beside the draft revision. Before `write`."""

    def written(self, instances: Sequence[Any]) -> None:
        """Store what can only be stored once all rows are there."""

    # How a row is looked at

    def look(self, dataset: Any) -> Report:
        """Read all rows; write nothing."""
        self._total = len(dataset)
        while True:
            self.begin_anew()
            self.import_data_inner(dataset, True, False, False, False)
            more = {key: why for key, why in self.second_thoughts().items() if key not in self.refused}
            if not more:
                break
            self.refused.update(more)
        self.report.finish([label for label, _ in self._gone()])
        return self.report

    def _gone(self) -> Gone:
        """Nothing while rows are bad: each may be the very one that the file seems to lack."""
        return [] if self.report.bad else self.to_remove()

    def begin_anew(self) -> None:
        self.report, self._seen = Report(), {}
        self.create_instances: list[Any] = []
        self.update_instances: list[Any] = []

    def get_result_class(self) -> type[Result]:
        return _NoResults

    def get_row_result_class(self) -> type[RowResult]:
        return _QuietResult

    def bulk_create(self, *args: Any, **kwargs: Any) -> None:
        """Not yet."""

    def bulk_update(self, *args: Any, **kwargs: Any) -> None:
        """Not yet."""

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        if row[PROBLEM]:
            raise ValidationError(f"The row can't be read: {row[PROBLEM]}.")
        self.identity = self.identity_of(row)
        if self.identity in self._seen:
            raise ValidationError(f"{self.label(self.identity)} is in row {self._seen[self.identity]} already.")
        self._seen[self.identity] = row[ROW]
        if self.identity in self.refused:
            column, words = self.refused[self.identity]
            raise ValidationError({column: words})

    def get_instance(self, instance_loader: Any, row: Row) -> Any:
        return instance_loader.get_instance(row)

    def _check_import_id_fields(self, headers: Any) -> None:
        """Which columns are needed was asked before."""

    def after_init_instance(self, instance: Any, new: bool, row: Row, **kwargs: Any) -> None:
        if new:
            self.begin(instance, self.identity, row)
        self._is_new, self._instance = new, instance
        self._before = {} if new else {name: getattr(instance, name) for name in self._attributes(row)}
        self._changes = {}

    @cached_property
    def _open_fields(self) -> list[Field]:
        """Those that a file may change; the library works them out for every row."""
        return [field for field in self.get_import_fields() if not field.readonly]

    def _fields_in(self, row: Row) -> list[Field]:
        return [field for field in self._open_fields if field.column_name in row]

    def _attributes(self, row: Row) -> list[str]:
        return [field.attribute for field in self._fields_in(row)]

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        errors = {}
        for field in self._fields_in(row):
            try:
                field.save(instance, row)
            except ValueError as error:
                errors[field.column_name] = ValidationError(str(error))
        if errors:
            raise ValidationError(errors)

    def skip_row(self, instance: Any, original: Any, row: Row, import_validation_errors: Any = None) -> bool:
        if import_validation_errors or self._is_new:
            return False
        for field in self._fields_in(row):
            before, after = self._before[field.attribute], getattr(instance, field.attribute)
            if before != after:
                said = [str(field.widget.render(each)) for each in (before, after)]
                self._changes[field.column_name] = said
        return not self._changes

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        self.check(instance, self._row, is_new=self._is_new)

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        self._row, self._instance, self._before = row, None, {}
        result = super().import_row(row, instance_loader, **kwargs)
        if result.errors:  # not the row's fault but ours
            raise result.errors[0].error
        number = row[ROW]
        if result.validation_error is not None:
            self._put_back()
            self.report.add_bad(number, _told(result.validation_error))
        else:
            status = "new" if result.is_new() else "changed" if result.is_update() else "unchanged"
            told = self._told_of_new() if status == "new" else self._changes
            self.report.add(status, number, self.label(self.identity), told)  # type: ignore[arg-type]
            self.report.accepted.add(self.identity)
        self.tell(kwargs["row_number"], self._total, "Reading rows")
        return result

    def _told_of_new(self) -> dict[str, list[str]]:
        """What it holds, for as many as are shown, and as far as a line can show it."""
        if len(self.report.shown["new"]) >= MOST_SHOWN:
            return {}
        values = {
            field.column_name: str(field.widget.render(getattr(self._instance, field.attribute)))
            for field in self._fields_in(self._row)
        }
        return {name: ["", _as_shown(value)] for name, value in values.items() if value}

    def _put_back(self) -> None:
        """A bad row changes nothing, and other rows are judged by what is stored."""
        for name, value in self._before.items():
            setattr(self._instance, name, value)

    # How it is stored

    def write(self, *, remove: bool) -> None:
        """Store what was seen. Within a transaction, in which the table is as it was then."""
        gone = self._gone() if remove else []
        total = len(self.create_instances) + len(self.update_instances) + len(gone)
        done = 0
        for batch in _batches(gone):
            self.model._default_manager.filter(pk__in=[instance.pk for _, instance in batch]).delete()
            done = self._told(done, batch, total)
        for batch in _batches(self.create_instances):
            self.store_new(batch)
            done = self._told(done, batch, total)
        for batch in _batches(self.update_instances):
            self.store_changed(batch)
            done = self._told(done, batch, total)
        self.written([*self.create_instances, *self.update_instances])

    def _told(self, done: int, batch: Sequence[Any], total: int) -> int:
        self.tell(done + len(batch), total, "Storing")
        return done + len(batch)

    def store_new(self, batch: Sequence[Any]) -> None:
        self.model._default_manager.bulk_create(batch)

    def store_changed(self, batch: Sequence[Any]) -> None:
        self.model._default_manager.bulk_update(batch, self.stored_fields())

    def stored_fields(self) -> list[str]:
        """Of the model, those that a file may change."""
        own = {field.attname: field.name for field in self.model._meta.concrete_fields}
        return [own[field.attribute] for field in self._open_fields if field.attribute in own]


def options_for(kind: Kind, model: type[Any]) -> type:
    """Every field is declared; nothing is guessed from the model."""
    options = {
        "model": model,
        "fields": tuple(column.name for column in kind.columns),
        "import_id_fields": (),
        "instance_loader_class": _AllInstances,
        "use_bulk": True,
        "skip_diff": True,
        "skip_unchanged": True,
        "clean_model_instances": False,
    }
    return type("Options", (), options)


def _batches(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[i : i + BATCH] for i in range(0, len(items), BATCH))


def _as_shown(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 1]}…"


def _told(error: ValidationError) -> list[tuple[str, str]]:
    """Column and words; what is wrong with the row as a whole has no column."""
    if not hasattr(error, "error_dict"):
        return [("", " ".join(error.messages))]
    by_column = error.message_dict.items()
    return [("" if name == NON_FIELD_ERRORS else name, " ".join(messages)) for name, messages in by_column]


def refuse(column: str, words: str) -> ValidationError:
    return ValidationError({column: words})


def key_of(row: Row, kind: str) -> str:
    """The key a row names, or one made from its name. Raises ValidationError."""
    text = row.get("key") or ""
    if text:
        if len(text) > 60 or slugify(text) != text.lower():
            raise refuse("key", f"“{text[:80]}” is no key: letters, digits and dashes, at most 60.")
        return str(text)
    made = slugify(row.get("name") or "")[:60].strip("-")
    if not made:
        raise refuse("key", f"A {kind} needs a key, or a name to make one from.")
    return made
