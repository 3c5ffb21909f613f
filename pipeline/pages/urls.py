from django.urls import URLPattern

app_name = "pipeline_pages"
urlpatterns: list[URLPattern] = []
