from django.apps import AppConfig
from django.utils import timezone


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = "Routing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.audit_history import audit_members
        from foundation.sweeps import register_sweep
        from leads.services.erase_person import register_eraser
        from routing import models
        from routing.models.draft import watch
        from routing.plan_checks import register_checks
        from routing.publish_jobs import register_publish_jobs
        from routing.services.check_alerts import check_alerts
        from routing.services.enforce_clock import enforce_clock
        from routing.services.erase_notes import erase_notes
        from routing.transfer import import_rows

        audit_members(self.get_model("Territory"), "account_lists")
        register_sweep("routing.alerts", lambda: check_alerts(now=timezone.now()), every_s=60)
        register_sweep("routing.clock", lambda: enforce_clock(now=timezone.now()), every_s=30)
        register_sweep("routing.import_files", lambda: import_rows.delete_old_files(now=timezone.now()), every_s=3600)
        import_rows.register()
        register_publish_jobs()
        register_eraser("notes on reassignments", erase_notes)
        register_checks()
        watch(models.Rep, models.Queue, models.Member, models.Territory, models.Rule)
        watch(models.NamedAccountList, models.NamedAccount, models.ContractInput)
