"""The numbers of the year. Cases from before have none: their entries stand without one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subjects", "0003_let_authorities_look"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseNumber",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="number",
            field=models.PositiveIntegerField(
                blank=True, help_text="Within that year, without a gap (R-121).", null=True
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="year",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Of filing, in the controller's zone.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                fields=("year", "number"), name="a_number_is_given_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", None), ("year", None)),
                    models.Q(("number__gt", 0), ("number__isnull", False), ("year__isnull", False)),
                    _connector="OR",
                ),
                name="a_number_belongs_to_a_year",
            ),
        ),
    ]
