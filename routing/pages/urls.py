from django.urls import URLPattern, path

from routing.pages.queue import pause, queue_page, queues_page
from routing.pages.try_lead import try_page

app_name = "routing_pages"
urlpatterns: list[URLPattern] = [
    path("try/", try_page, name="try"),
    path("queues/", queues_page, name="queues"),
    path("queues/<slug:key>/", queue_page, name="queue"),
    path("queues/<slug:key>/pause/", pause, name="pause"),
]
