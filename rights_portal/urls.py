"""The routes of the doors."""

from django.urls import include, path

urlpatterns = [
    path("", include("subjects.portal.urls")),
    path("desk/", include("subjects.desk.urls")),
    path("regulator/", include("subjects.regulator.urls")),
    path("log/", include("subjects.regulator.log_urls")),
]
