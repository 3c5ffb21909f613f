from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The composition root: the one place that may know every room."""

    name = "config"
    verbose_name = "Switchyard"
