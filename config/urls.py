from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.home import home

urlpatterns = [
    path("admin/", home),
    path("admin/workbench/", include("foundation.pages.urls")),
    path("admin/workbench/", include("routing.pages.urls")),
    path("admin/workbench/", include("experiments.pages.urls")),
    path("admin/workbench/", include("config.pages.urls")),
    # Of leads for sales ops (workbench/…) and of a rep's own work (my/…).
    path("admin/", include("pipeline.pages.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("forms_engine.urls")),
]

handler400 = "forms_engine.views.errors.bad_request"
handler403 = "forms_engine.views.errors.permission_denied"
handler404 = "forms_engine.views.errors.not_found"
handler500 = "forms_engine.views.errors.server_error"
