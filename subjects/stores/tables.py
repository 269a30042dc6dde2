"""The rows of the bundled store: its commit point, and all but the vectors and the pictures."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

ROWS_PER_SEGMENT = 65_536


class BundledGallery(models.Model):
    """One bundled store. The identity also stands in its folder: the two belong together."""

    alias = models.CharField(max_length=100, unique=True)
    identity = models.CharField(max_length=32, unique=True)

    class Meta:
        app_label = "subjects"

    def __str__(self) -> str:
        return self.alias


class BundledSegment(models.Model):
    """A file of vectors. Only its first `rows` rows exist: what a crash left behind does not."""

    gallery = models.ForeignKey(BundledGallery, on_delete=models.PROTECT, related_name="segments")
    number = models.PositiveIntegerField()
    model = models.CharField(max_length=200)
    rows = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "subjects"
        constraints: ClassVar = [
            models.UniqueConstraint("gallery", "number", name="bundled_segment_number_once"),
            models.CheckConstraint(
                condition=Q(rows__lte=ROWS_PER_SEGMENT), name="bundled_segment_not_overfull"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gallery_id}/{self.number}"


class BundledPicture(models.Model):
    """A picture file, kept once however many faces are in it. Its hash goes when it goes."""

    gallery = models.ForeignKey(BundledGallery, on_delete=models.PROTECT, related_name="pictures")
    file = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)

    class Meta:
        app_label = "subjects"
        constraints: ClassVar = [
            models.UniqueConstraint("gallery", "sha256", name="bundled_picture_once"),
        ]

    def __str__(self) -> str:
        return self.file


class BundledTemplate(models.Model):
    """A face code: where its vector lies, and what is held about it."""

    ref = models.CharField(max_length=32, unique=True)
    segment = models.ForeignKey(
        BundledSegment, on_delete=models.PROTECT, related_name="face_templates"
    )
    row = models.PositiveIntegerField()
    picture = models.ForeignKey(
        BundledPicture, null=True, on_delete=models.PROTECT, related_name="face_templates"
    )
    box = models.JSONField(null=True)
    enrolled_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)
    collected_in = models.CharField(
        max_length=2, blank=True, default="", help_text="Country (ISO 3166-1); empty: not recorded."
    )
    source_url = models.TextField(blank=True)
    page_title = models.TextField(blank=True)
    collector = models.TextField(blank=True)
    caption = models.TextField(blank=True)
    restricted_at = models.DateTimeField(null=True)
    erasing_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "subjects"
        constraints: ClassVar = [
            models.UniqueConstraint("segment", "row", name="bundled_template_row_once"),
            # Without the box, erasing one face of a group picture could not blank it.
            models.CheckConstraint(
                condition=Q(picture=None) | Q(box__isnull=False), name="bundled_picture_needs_box"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class BundledDisclosure(models.Model):
    """Somebody was shown this template or its picture (Article 15(1)(c): named one by one)."""

    face_template = models.ForeignKey(
        BundledTemplate, on_delete=models.CASCADE, related_name="disclosures"
    )
    name = models.TextField()
    purpose = models.TextField()
    on = models.DateField()

    class Meta:
        app_label = "subjects"

    def __str__(self) -> str:
        return f"{self.face_template_id} on {self.on}"


class BundledConsultation(models.Model):
    """A search of the organisation returned this template (C-579/21: dates and purposes)."""

    face_template = models.ForeignKey(
        BundledTemplate, on_delete=models.CASCADE, related_name="consultations"
    )
    at = models.DateTimeField()
    purpose = models.TextField()

    class Meta:
        app_label = "subjects"

    def __str__(self) -> str:
        return f"{self.face_template_id} at {self.at}"
