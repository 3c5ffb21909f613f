from django.urls import URLPattern

app_name = "config_pages"
urlpatterns: list[URLPattern] = []
