from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "Foundation"

    def ready(self) -> None:
        from foundation.roles import sync_roles

        post_migrate.connect(sync_roles, dispatch_uid="foundation.sync_roles")
