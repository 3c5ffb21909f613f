from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "Foundation"

    def ready(self) -> None:
        from django.contrib.auth.models import Group, User

        from foundation.audit_history import audit_edits, connect
        from foundation.jobs import delete_old_jobs, wake_left_jobs
        from foundation.mail import send_due_mail
        from foundation.roles import sync_roles
        from foundation.sweeps import register_sweep

        post_migrate.connect(sync_roles, dispatch_uid="foundation.sync_roles")
        connect()
        audit_edits(User, hidden=["password"], ignored=["last_login"], m2m=["groups", "user_permissions"])
        audit_edits(Group, m2m=["permissions"])
        register_sweep("foundation.mail", send_due_mail, every_s=5)
        register_sweep("foundation.jobs", wake_left_jobs, every_s=5)
        register_sweep("foundation.old_jobs", delete_old_jobs, every_s=3600)
