from django.apps import AppConfig


class EnrichmentConfig(AppConfig):
    name = "enrichment"
    verbose_name = "Enrichment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.audit_history import audit_edits

        audit_edits(self.get_model("Dataset"), ignored=["imported_at"])
        audit_edits(self.get_model("DatasetRecord"))
