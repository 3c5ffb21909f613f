from django.apps import AppConfig
from django.utils import timezone


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = "Pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.jobs import register_job
        from foundation.sweeps import register_sweep
        from pipeline.moving_job import register
        from pipeline.services.sweep import sweep
        from pipeline.shadow.job import shadow_job

        register()
        register_sweep("pipeline.sweep", lambda: sweep(now=timezone.now()), every_s=1)
        register_job(shadow_job())
