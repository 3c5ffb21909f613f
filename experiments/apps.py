from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "experiments"
    verbose_name = "Experiments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.audit_history import audit_edits

        audit_edits(self.get_model("Experiment"), self.get_model("Variant"))
