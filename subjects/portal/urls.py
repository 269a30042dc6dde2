"""The routes of the person's door."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
