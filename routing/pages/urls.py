from django.urls import URLPattern

app_name = "routing_pages"
urlpatterns: list[URLPattern] = []
