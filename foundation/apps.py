from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "Foundation"

    def ready(self) -> None:
        from foundation.jobs import delete_old_jobs, wake_left_jobs
        from foundation.mail import send_due_mail
        from foundation.roles import sync_roles
        from foundation.sweeps import register_sweep

        post_migrate.connect(sync_roles, dispatch_uid="foundation.sync_roles")
        register_sweep("foundation.mail", send_due_mail, every_s=5)
        register_sweep("foundation.jobs", wake_left_jobs, every_s=5)
        register_sweep("foundation.old_jobs", delete_old_jobs, every_s=3600)
