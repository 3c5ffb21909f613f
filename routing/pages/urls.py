from django.urls import path

from routing.pages import plan, plan_checks, plan_move
from routing.pages.queue import pause, queue_page, queues_page
from routing.pages.try_lead import try_page

app_name = "routing_pages"
urlpatterns = [
    path("plan/", plan.plan_page, name="plan"),
    path("plan/move/", plan_move.plan_move, name="plan_move"),
    path("plan/checks/", plan_checks.plan_checks, name="plan_checks"),
    path("try/", try_page, name="try"),
    path("queues/", queues_page, name="queues"),
    path("queues/<slug:key>/", queue_page, name="queue"),
    path("queues/<slug:key>/pause/", pause, name="pause"),
]
