from django.urls import path, re_path

from forms_engine.api import SubmissionStatusView, SubmissionsView, api_not_found
from forms_engine.views.brand import theme_stylesheet
from forms_engine.views.done import DoneView
from forms_engine.views.form import FormView
from forms_engine.views.index import index

app_name = "forms_engine"

urlpatterns = [
    path("", index, name="index"),
    path("f/<str:slug>/", FormView.as_view(), name="form"),
    path("f/<str:slug>/done/<str:submission_id>/", DoneView.as_view(), name="done"),
    path("f/<str:slug>/frame/", FormView.as_view(), {"framed": True}, name="frame"),
    path("f/<str:slug>/frame/done/<str:submission_id>/", DoneView.as_view(), {"framed": True}, name="frame-done"),
    path("brands/<slug:slug>/theme.css", theme_stylesheet, name="theme"),
    path("api/v1/forms/<str:slug>/submissions", SubmissionsView.as_view(), name="submissions"),
    path("api/v1/submissions/<str:id>", SubmissionStatusView.as_view(), name="submission-status"),
    re_path(r"^api/.*$", api_not_found),
]
