from django.urls import URLPattern, path

from pipeline.pages import shadow

app_name = "pipeline_pages"
urlpatterns: list[URLPattern] = [
    path("workbench/shadow/", shadow.shadow, name="shadow"),
    path("workbench/shadow/<uuid:job_id>/differences.csv", shadow.differences, name="shadow_differences"),
]
