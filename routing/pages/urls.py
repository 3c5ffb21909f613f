from django.urls import path

from routing.pages import (
    assignment_rules,
    exports,
    imports,
    plan,
    plan_checks,
    plan_move,
    proposals,
    publish,
    rollback,
    rollouts,
    split_territory,
)
from routing.pages.condition_preview import condition_preview
from routing.pages.queue import pause, queue_page, queues_page
from routing.pages.try_lead import try_page

app_name = "routing_pages"
urlpatterns = [
    path("plan/", plan.plan_page, name="plan"),
    path("plan/move/", plan_move.plan_move, name="plan_move"),
    path("plan/checks/", plan_checks.plan_checks, name="plan_checks"),
    path("territories/<slug:key>/split/", split_territory.split_territory_page, name="split_territory"),
    path("try/", try_page, name="try"),
    path("queues/", queues_page, name="queues"),
    path("queues/<slug:key>/", queue_page, name="queue"),
    path("queues/<slug:key>/pause/", pause, name="pause"),
    path("publish/", publish.publish, name="publish"),
    path("publish/summary/", publish.begin_summary, name="publish_summary"),
    path("proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/approve/", proposals.approve, name="approve_proposal"),
    path("proposals/<int:pk>/decline/", proposals.decline, name="decline_proposal"),
    path("proposals/<int:pk>/withdraw/", proposals.withdraw, name="withdraw_proposal"),
    path("rollouts/", rollouts.rollouts, name="rollouts"),
    path("rollouts/<int:pk>/", rollouts.rollout, name="rollout"),
    path("rollouts/<int:pk>/comparison/", rollouts.comparison, name="rollout_comparison"),
    path("rollouts/<int:pk>/compare/", rollouts.compare, name="compare_rollout"),
    path("rollouts/<int:pk>/grow/", rollouts.grow, name="grow_rollout"),
    path("rollouts/<int:pk>/finish/", rollouts.finish, name="finish_rollout"),
    path("rollouts/<int:pk>/stop/", rollouts.stop, name="stop_rollout"),
    path("rollback/<int:number>/", rollback.rollback, name="rollback"),
    path("rollback/<int:number>/restore/", rollback.restore, name="restore"),
    path("conditions/preview/", condition_preview, name="conditions"),
    path("import/", imports.choose_file, name="import"),
    path("import/template/<slug:kind_key>.csv", imports.template_file, name="import_template"),
    path("import/<uuid:import_id>/", imports.import_file, name="import_file"),
    path("import/<uuid:import_id>/check/", imports.check_again, name="check_import"),
    path("import/<uuid:import_id>/apply/", imports.apply_file, name="apply_import"),
    path("import/<uuid:import_id>/bad-rows/", imports.bad_rows, name="bad_rows"),
    path("export/<slug:kind_key>.<str:format_>", exports.export, name="export"),
    path("import-assignment-rules/", assignment_rules.choose_file, name="import_assignment_rules"),
    path("import-assignment-rules/<uuid:import_id>/", assignment_rules.review, name="assignment_rules"),
    path("import-assignment-rules/<uuid:import_id>/choose/", assignment_rules.choose, name="choose_assignment_rules"),
    path("import-assignment-rules/<uuid:import_id>/apply/", assignment_rules.apply, name="apply_assignment_rules"),
]
