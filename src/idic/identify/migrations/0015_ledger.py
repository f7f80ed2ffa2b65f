from typing import Any

import idic.core.ids
import idic.identify.models.consent
from django.db import migrations, models

# What a row of the ledger says; where it hangs and by which import it came may change.
_SAID = ("address", "channel", "purpose", "status", "basis", "proof", "wording_version", "given_at")
_SAID += ("recorded_at", "salt")
_REFUSAL = "a row of the consent ledger is never changed"
_SQLITE_SALT = "UPDATE identify_consent SET salt = lower(hex(randomblob(16)))"
_POSTGRES_SALT = (
    "UPDATE identify_consent SET salt = replace(CAST(gen_random_uuid() AS varchar), '-', '')"
)
_FUNCTION = f"""
    CREATE FUNCTION identify_consent_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def give_salts(apps: Any, schema_editor: Any) -> None:
    is_postgres = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(_POSTGRES_SALT if is_postgres else _SQLITE_SALT)


def refuse_changes(apps: Any, schema_editor: Any) -> None:
    names = ", ".join(_SAID)
    if schema_editor.connection.vendor == "postgresql":
        differ = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _SAID)
        schema_editor.execute(_FUNCTION)
        schema_editor.execute(
            f"CREATE TRIGGER identify_consent_append_only BEFORE UPDATE OF {names} "
            f"ON identify_consent FOR EACH ROW WHEN ({differ}) "
            "EXECUTE FUNCTION identify_consent_refuse()"
        )
        return
    differ = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _SAID)
    schema_editor.execute(
        f"CREATE TRIGGER identify_consent_append_only BEFORE UPDATE OF {names} "
        f"ON identify_consent WHEN {differ} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def allow_changes(apps: Any, schema_editor: Any) -> None:
    is_postgres = schema_editor.connection.vendor == "postgresql"
    on = " ON identify_consent" if is_postgres else ""
    schema_editor.execute(f"DROP TRIGGER identify_consent_append_only{on}")
    if is_postgres:
        schema_editor.execute("DROP FUNCTION identify_consent_refuse()")


class Migration(migrations.Migration):

    dependencies = [
        ('identify', '0014_matching'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentRemoval',
            fields=[
                ('id', models.BigIntegerField(default=idic.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('consent_ids', models.JSONField()),
                ('reason', models.CharField(choices=[('erased', 'The person was erased'), ('import_undone', 'Their import was undone'), ('cleaning_undone', 'A correction was undone'), ('demo_removed', 'The sample business was removed')], max_length=16)),
                ('at', models.DateTimeField()),
                ('seal_number', models.BigIntegerField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ConsentSeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('entries', models.JSONField()),
                ('previous', models.CharField(max_length=64)),
                ('chain', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigIntegerField(default=idic.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('key_mark', models.CharField(max_length=8)),
                ('erased_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='consent',
            name='salt',
            field=models.CharField(default=idic.identify.models.consent.make_salt, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='consent',
            name='seal_number',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('seal_number', None)), fields=['id'], name='identify_consent_unsealed'),
        ),
        migrations.RunPython(give_salts, migrations.RunPython.noop),
        migrations.RunPython(refuse_changes, allow_changes),
    ]
