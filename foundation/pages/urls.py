from django.urls import path

from foundation.pages import jobs

app_name = "foundation_pages"
urlpatterns = [
    path("jobs/<uuid:job_id>/", jobs.job_page, name="job"),
    path("jobs/<uuid:job_id>/fragment/", jobs.job_fragment, name="job_fragment"),
    path("jobs/<uuid:job_id>/cancel/", jobs.cancel, name="cancel_job"),
]
