from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter

from pipeline.pages import lead, merge, moves, my, shadow


class RowId(IntConverter):
    """No longer than the ids of any table."""

    regex = "[0-9]{1,18}"


register_converter(RowId, "row")

app_name = "pipeline_pages"
urlpatterns: list[URLPattern] = [
    path("workbench/leads/<row:lead_id>/reassign/", lead.reassign, name="reassign"),
    path("workbench/leads/<row:lead_id>/close/", lead.close, name="close"),
    path("workbench/leads/<row:lead_id>/reopen/", lead.reopen, name="reopen"),
    path("workbench/leads/<row:lead_id>/merge/", merge.merge, name="merge"),
    path("workbench/moves/", moves.moves, name="moves"),
    path("workbench/moves/<row:batch_id>/", moves.move, name="move"),
    path("workbench/moves/<row:batch_id>/undo/", moves.undo, name="undo_move"),
    path("workbench/moves/<row:batch_id>/go-on/", moves.go_on, name="go_on_moving"),
    path("workbench/moves/<row:batch_id>/left.csv", moves.left_csv, name="left_csv"),
    path("my/leads/", my.my_leads, name="my_leads"),
    path("my/leads/<row:lead_id>/", my.my_lead, name="my_lead"),
    path("my/leads/<row:lead_id>/accept/", my.accept, name="accept"),
    path("my/leads/<row:lead_id>/decline/", my.decline, name="decline"),
    path("my/absences/", my.my_absences, name="my_absences"),
    path("my/absences/<row:absence_id>/", my.my_absence, name="my_absence"),
    path("my/absences/<row:absence_id>/delete/", my.delete_absence, name="delete_absence"),
    path("workbench/shadow/", shadow.shadow, name="shadow"),
    path("workbench/shadow/<uuid:job_id>/differences.csv", shadow.differences, name="shadow_differences"),
]
