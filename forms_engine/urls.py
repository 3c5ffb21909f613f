from django.urls import path, re_path

from forms_engine.api import (
    FormBeginning,
    Prefills,
    Regions,
    Steps,
    Submissions,
    SubmissionStatus,
    api_not_found,
)
from forms_engine.views.brand import theme_stylesheet
from forms_engine.views.done import DoneView
from forms_engine.views.form import FormView
from forms_engine.views.form_schema import form_schema
from forms_engine.views.index import index

app_name = "forms_engine"

urlpatterns = [
    path("", index, name="index"),
    path("f/<str:slug>/", FormView.as_view(), name="form"),
    path("f/<str:slug>/done/<str:submission_id>/", DoneView.as_view(), name="done"),
    path("f/<str:slug>/frame/", FormView.as_view(), {"framed": True}, name="frame"),
    path("f/<str:slug>/frame/done/<str:submission_id>/", DoneView.as_view(), {"framed": True}, name="frame-done"),
    path("brands/<slug:slug>/theme.css", theme_stylesheet, name="theme"),
    path("api/v1/forms/<str:slug>", FormBeginning.as_view(), name="begin"),
    path("api/v1/forms/<str:slug>/submissions", Submissions.as_view(), name="submissions"),
    path("api/v1/forms/<str:slug>/prefill", Prefills.as_view(), name="prefill"),
    path("api/v1/sessions/<str:session_id>/steps/<str:step>", Steps.as_view(), name="step"),
    path("api/v1/submissions/<str:id>", SubmissionStatus.as_view(), name="submission-status"),
    path("api/v1/regions/<str:country>", Regions.as_view(), name="regions"),
    path("api/v1/form-schema.json", form_schema, name="form-schema"),
    re_path(r"^api/.*$", api_not_found),
]
