from django.urls import path

from routing.pages import assignment_rules, exports, imports

app_name = "routing_pages"
urlpatterns = [
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
