"""Where a submission came from, and what follows from it."""

from django.db import models


class Origin(models.TextChoices):
    VISITOR = "visitor", "Visitor"
    SERVER = "server", "Server"
    IMPORT = "import", "Import"
    TEST = "test", "Test"

    @property
    def delivers(self) -> bool:
        """Whether events go outward unless told otherwise."""
        return self in (Origin.VISITOR, Origin.SERVER)

    @property
    def starts_clock(self) -> bool:
        """Whether somebody must accept the lead in time."""
        return self in (Origin.VISITOR, Origin.SERVER)

    @property
    def enters_experiments(self) -> bool:
        return self is Origin.VISITOR
