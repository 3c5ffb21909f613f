from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.form_peers.bare.models import Row


def insert(request: HttpRequest) -> HttpResponse:
    Row.objects.create(email=request.headers["X-Email"], answers=request.body.decode())
    return HttpResponse(status=204)


urlpatterns = [path("rows/", insert)]
