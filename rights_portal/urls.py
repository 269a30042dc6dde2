"""The routes of the doors."""

from django.urls import include, path

urlpatterns = [
    path("", include("subjects.portal.urls")),
    path("desk/", include("subjects.desk.urls")),
]
