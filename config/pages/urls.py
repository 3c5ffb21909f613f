from django.urls import path

from config.pages import configuration, switching

app_name = "config_pages"
urlpatterns = [
    path("configuration/", configuration.configuration, name="configuration"),
    path("configuration/apply/", configuration.apply, name="apply_configuration"),
    path("configuration/download/", configuration.download, name="download_configuration"),
    path("switch/", switching.switching, name="switch"),
    path("switch/apply/", switching.apply, name="apply_switch"),
]
