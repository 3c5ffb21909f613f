from django.urls import path

from experiments.pages.segment_preview import segment_preview

app_name = "experiments_pages"
urlpatterns = [
    path("segments/preview/", segment_preview, name="segments"),
]
