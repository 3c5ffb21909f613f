from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.audit_history import audit_edits
        from foundation.sweeps import register_sweep
        from integrations.services.erase_deliveries import erase_deliveries
        from integrations.tasks import drain
        from leads.services.erase_person import register_eraser

        audit_edits(self.get_model("WebhookEndpoint"), hidden=["secret"])
        register_sweep("integrations.drain", drain, every_s=5)
        register_eraser("webhook attempts", erase_deliveries)
