"""Makes the tables of the matcher: its models, records in comparable spelling, keys, pairs."""

from typing import Any

import django.db.models.deletion
import idic.core.ids
from django.db import migrations, models


# On SQLite the primary key is the table: half the size, and a block is one range of it.
_KEYS = '''
    CREATE TABLE identify_matchkey (
        number integer NOT NULL, key bigint NOT NULL, record_number bigint NOT NULL,
        PRIMARY KEY (number, key, record_number)
    )'''


def create_keys(apps: Any, schema_editor: Any) -> None:
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute(_KEYS + (" WITHOUT ROWID" if is_sqlite else ""))


def drop_keys(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE identify_matchkey")


class Migration(migrations.Migration):

    dependencies = [
        ('identify', '0013_companies_and_events'),
    ]

    operations = [
        migrations.CreateModel(
            name='MatchAct',
            fields=[
                ('id', models.BigIntegerField(default=idic.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('threshold', models.FloatField()),
                ('is_demo', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='running', max_length=8)),
                ('actor', models.CharField(max_length=160)),
                ('audit', models.JSONField(default=dict)),
                ('count', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create_keys, drop_keys)],
            state_operations=[
                migrations.CreateModel(
                    name='MatchKey',
                    fields=[
                        ('pk', models.CompositePrimaryKey('number', 'key', 'record_number', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('key', models.BigIntegerField()),
                        ('record_number', models.BigIntegerField()),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name='MatchRecord',
            fields=[
                ('record', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='match_record', serialize=False, to='identify.sourcerecord')),
                ('is_demo', models.BooleanField(default=False)),
                ('name', models.CharField(blank=True, max_length=500)),
                ('phone', models.CharField(blank=True, max_length=500)),
                ('email', models.CharField(blank=True, max_length=500)),
                ('birth_date', models.CharField(blank=True, max_length=500)),
                ('address', models.CharField(blank=True, max_length=500)),
                ('city', models.CharField(blank=True, max_length=500)),
                ('postcode', models.CharField(blank=True, max_length=500)),
                ('gender', models.CharField(blank=True, max_length=500)),
                ('card', models.CharField(blank=True, max_length=500)),
                ('zalo', models.CharField(blank=True, max_length=500)),
                ('wechat', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='MatchModel',
            fields=[
                ('id', models.BigIntegerField(default=idic.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.IntegerField(unique=True)),
                ('is_demo', models.BooleanField(default=False)),
                ('is_current', models.BooleanField(default=False)),
                ('parameters', models.TextField()),
                ('record_count', models.IntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('fitted_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('is_demo',), name='identify_match_one_current')],
            },
        ),
        migrations.CreateModel(
            name='MatchPair',
            fields=[
                ('id', models.BigIntegerField(default=idic.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('left_customer_id', models.BigIntegerField()),
                ('right_customer_id', models.BigIntegerField()),
                ('is_demo', models.BooleanField(default=False)),
                ('weight', models.FloatField()),
                ('probability', models.FloatField()),
                ('value', models.BigIntegerField(default=0)),
                ('worth', models.FloatField(default=0)),
                ('evidence', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('open', 'To look at'), ('same', 'The same person'), ('different', 'Two people'), ('later', 'Later')], default='open', max_length=10)),
                ('decided_by', models.CharField(blank=True, max_length=160)),
                ('decided_at', models.DateTimeField(null=True)),
                ('entry_id', models.BigIntegerField(null=True)),
                ('made_at', models.DateTimeField()),
                ('act', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pairs', to='identify.matchact')),
                ('left', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='identify.sourcerecord')),
                ('model', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='identify.matchmodel')),
                ('right', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='identify.sourcerecord')),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-worth', 'id'], name='identify_match_queue')],
                'constraints': [models.UniqueConstraint(fields=('left', 'right'), name='identify_match_pair_once')],
            },
        ),
    ]
