from django.urls import path

from routing.pages import plan, plan_checks, plan_move, split_territory

app_name = "routing_pages"
urlpatterns = [
    path("plan/", plan.plan_page, name="plan"),
    path("plan/move/", plan_move.plan_move, name="plan_move"),
    path("plan/checks/", plan_checks.plan_checks, name="plan_checks"),
    path("territories/<slug:key>/split/", split_territory.split_territory_page, name="split_territory"),
]
