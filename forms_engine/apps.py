from django.apps import AppConfig
from django.utils import timezone


class FormsEngineConfig(AppConfig):
    name = "forms_engine"
    verbose_name = "Forms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the rooms below what only this one knows."""
        from experiments.services.lifecycle import register_start_check
        from forms_engine.experiment_checks import check_variants
        from forms_engine.selectors import submission_facts
        from forms_engine.services.erase_submissions import erase_address, erase_submissions
        from forms_engine.services.keep_answers import forget_expired
        from forms_engine.services.tell_quarantine import tell_quarantine
        from foundation.audit_history import audit_edits
        from foundation.briefly_kept import forget_on_change
        from foundation.sweeps import register_sweep
        from leads.services.erase_person import register_address_eraser, register_eraser
        from pipeline.sources import register_submission_source

        register_submission_source(submission_facts)
        register_eraser("submissions", erase_submissions)
        register_address_eraser("kept answers and held-back submissions", erase_address)
        register_sweep("forms_engine.kept_answers", lambda: forget_expired(now=timezone.now()), every_s=600)
        register_sweep("forms_engine.quarantine", lambda: tell_quarantine(now=timezone.now()), every_s=60)
        register_start_check("forms_engine.variants", check_variants)
        audit_edits(*(self.get_model(name) for name in ("Form", "FormVersion", "Brand")))
        audit_edits(self.get_model("ServerToken"), hidden=["digest"], ignored=["last_used_at"])
        forget_on_change(*(self.get_model(name) for name in ("Form", "FormVersion", "Brand")))
