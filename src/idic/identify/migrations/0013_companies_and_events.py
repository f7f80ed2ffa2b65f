"""Lets events and relations come in by files, and knows companies by their tax numbers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identify', '0012_audit'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='import_run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identify.importrun'),
        ),
        migrations.AddField(
            model_name='relation',
            name='import_run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identify.importrun'),
        ),
        migrations.AddField(
            model_name='relation',
            name='title',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='identifier',
            name='type',
            field=models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('card', 'Membership card'), ('customer_number', 'Customer number'), ('zalo', 'Zalo'), ('wechat', 'WeChat'), ('device', 'Device'), ('tax_number', 'Tax number')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('import_run__isnull', False)), fields=['import_run'], name='identify_event_run'),
        ),
    ]
