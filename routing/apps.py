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
        from routing.services.check_alerts import check_alerts
        from routing.services.enforce_clock import enforce_clock
        from routing.services.erase_notes import erase_notes

        audit_members(self.get_model("Territory"), "account_lists")
        register_sweep("routing.alerts", lambda: check_alerts(now=timezone.now()), every_s=60)
        register_sweep("routing.clock", lambda: enforce_clock(now=timezone.now()), every_s=30)
        register_eraser("notes on reassignments", erase_notes)
