from django.apps import AppConfig


class FormsEngineConfig(AppConfig):
    name = "forms_engine"
    verbose_name = "Forms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the rooms below what only this one knows."""
        from experiments.services.lifecycle import register_start_check
        from forms_engine.experiment_checks import check_variants
        from forms_engine.selectors import submission_facts
        from forms_engine.services.erase_submissions import erase_submissions
        from leads.services.erase_person import register_eraser
        from pipeline.sources import register_submission_source

        register_submission_source(submission_facts)
        register_eraser("submissions", erase_submissions)
        register_start_check("forms_engine.variants", check_variants)
