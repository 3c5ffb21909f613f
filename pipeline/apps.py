from django.apps import AppConfig
from django.utils import timezone


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = "Pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.sweeps import register_sweep
        from pipeline.moving_job import register
        from pipeline.services.sweep import sweep

        register()
        register_sweep("pipeline.sweep", lambda: sweep(now=timezone.now()), every_s=1)
