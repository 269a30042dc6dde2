"""The routes of the published log: those of C2SP tlog-tiles, and its keys."""

from django.urls import path

from subjects.regulator import published

app_name = "log"
urlpatterns = [
    path("checkpoint", published.checkpoint, name="checkpoint"),
    path("tile/<path:rest>", published.tile, name="tile"),
    path("keys", published.vkeys, name="keys"),
]
