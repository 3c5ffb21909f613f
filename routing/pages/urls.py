from django.urls import path

from routing.pages.condition_preview import condition_preview

app_name = "routing_pages"
urlpatterns = [
    path("conditions/preview/", condition_preview, name="conditions"),
]
