"""Files on their way in: between the moment somebody chose one and the moment it is applied."""

from uuid import uuid4

from django.conf import settings
from django.db import models


class ImportFile(models.Model):
    """`choices` is what the person decided: mapping of columns, list, options. `bad_rows` is the CSV of what is wrong.

    A spreadsheet's content is dropped once it is applied. A rule file's stays, so that its page goes on saying what
    became of each entry. The row goes some days after it came.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=30)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    choices = models.JSONField(default=dict)
    bad_rows = models.BinaryField(null=True)
    check_job_id = models.UUIDField(null=True)
    apply_job_id = models.UUIDField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_index=True)
    applied_at = models.DateTimeField(null=True)
    applied = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name
