"""Per column: what a file may do to people already known. Takes away from the file's news what a
rule holds back, and notes which values a rule to overwrite puts out of force. Only reads.

Leaves `new_overruled` and `rule_effect` in the workspace; changes `new_trait`, `new_identifier`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.identify.importing.columns import FIELDS, Kind
from idic.identify.importing.parties import TRAITS
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import Workspace
from idic.identify.importing.terms import OVERWRITE, RULES, SKIP, Terms
from idic.identify.models import Customer, Trait
from idic.identify.services import golden

from .slices import slices

_ADDRESSES = ("email", "phone")
_SHOWN = 5


def fields_with_rules(*, kind: Kind) -> list[str]:
    """Give the fields a rule may be set for: what is kept as a value of the person or company."""
    if kind not in {Kind.CUSTOMERS, Kind.COMPANIES}:
        return []
    return [field.name for field in FIELDS[kind] if field.is_trait]


def check_rules(*, rules: Mapping[str, str], kind: Kind) -> dict[str, str]:
    """Give the rules that say something. Raises ImportProblem for one there is not."""
    known = fields_with_rules(kind=kind)
    if not known:
        return {}
    for field, rule in rules.items():
        if field not in known:
            raise ImportProblem(
                "unknown_field",
                _("There is no field “%(name)s”. Use one of: %(names)s.")
                % {"name": field, "names": ui.listed(known)},
            )
        if rule and rule not in RULES:
            raise ImportProblem(
                "unknown_rule",
                _("There is no rule “%(name)s”. Use one of: %(names)s.")
                % {"name": rule, "names": ui.listed(RULES)},
            )
    return {field: rule for field, rule in rules.items() if rule}


def rules_of(terms: Terms) -> dict[str, str]:
    """Give the rule of each trait: of a name in parts the whole name follows its parts."""
    found = {
        TRAITS.get(field, field): rule
        for field, rule in terms.rules.items()
        if rule in RULES and field in terms.mapping
    }
    if terms.kind == Kind.CUSTOMERS and "full_name" not in terms.mapping:
        whole = terms.rules.get("family_name") or terms.rules.get("given_name")
        if whole:
            found["name"] = whole
    return found


def apply_rules(workspace: Workspace, *, terms: Terms) -> None:
    """Let the rules of the columns decide over what the file says of people already known."""
    workspace.run("CREATE TABLE new_overruled (trait_id BIGINT)")
    workspace.run(
        "CREATE TABLE rule_effect (name VARCHAR, effect VARCHAR, customer_id BIGINT, "
        "row_number BIGINT, ours VARCHAR, theirs VARCHAR)"
    )
    rules = rules_of(terms)
    if not rules:
        return
    _load_known(workspace, rules)
    for name, rule in rules.items():
        _tell(workspace, name, rule)
        if rule == OVERWRITE:
            _overwrite(workspace, name)
        else:
            _hold_back(workspace, name, rule)


def _load_known(workspace: Workspace, rules: Mapping[str, str]) -> None:
    workspace.run(
        "CREATE TABLE known_value (trait_id BIGINT, customer_id BIGINT, name VARCHAR, "
        "value VARCHAR, is_fixed VARCHAR)"
    )
    people = [
        row[0]
        for row in workspace.rows(
            "SELECT DISTINCT customer_id FROM person "
            "WHERE NOT is_new_customer AND customer_id IS NOT NULL"
        )
    ]
    columns = ["trait_id", "customer_id", "name", "value", "is_fixed"]
    workspace.insert("known_value", columns, _known(people, rules))
    workspace.run(
        """
        CREATE TABLE file_value AS
        SELECT p.customer_id, t.name, arg_max(left(t.value, 500), t.observed_at) AS value,
            min(p.first_row) AS row_number
        FROM party_trait t JOIN person p USING (party) 
        WHERE NOT p.is_new_customer AND p.customer_id IS NOT NULL
        GROUP BY p.customer_id, t.name
        """
    )


def _known(people: list[int], rules: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    shown = {names[0]: column for column, names in golden.COLUMNS.items() if names[0] in rules}
    for chunk in slices(people):
        rows = Trait.objects.filter(record__customer_id__in=chunk, name__in=list(rules))
        for key, customer_id, name, value, is_pinned, verified_at in rows.values_list(
            "id", "record__customer_id", "name", "value", "is_pinned", "verified_at"
        ):
            is_fixed = "yes" if is_pinned or verified_at else "no"
            yield str(key), str(customer_id), name, value, is_fixed
        # A value may be older than the traits that tell of it.
        for customer in Customer.objects.filter(id__in=chunk).values("id", *shown.values()):
            for name, column in shown.items():
                if customer[column]:
                    yield None, str(customer["id"]), name, str(customer[column]), "no"


def _tell(workspace: Workspace, name: str, rule: str) -> None:
    """Note what the rule does to each person: filled, replaced, left, or kept from it by staff."""
    workspace.run(
        f"""
        INSERT INTO rule_effect
        SELECT name, effect, customer_id, row_number, ours, theirs FROM (
            SELECT f.name, f.customer_id, f.row_number, k.ours, f.value AS theirs,
                CASE WHEN k.customer_id IS NULL AND '{rule}' <> '{SKIP}' THEN 'filled'
                    WHEN k.is_same AND (k.is_alone OR '{rule}' <> '{OVERWRITE}') THEN NULL
                    WHEN '{rule}' <> '{OVERWRITE}' THEN 'left'
                    WHEN k.is_fixed THEN 'kept' ELSE 'replaced' END AS effect
            FROM file_value f LEFT JOIN (
                SELECT v.customer_id, arg_max(v.value, v.is_fixed = 'yes') AS ours,
                    bool_or(v.value = w.value) AS is_same,
                    bool_and(v.value = w.value) AS is_alone,
                    bool_or(v.is_fixed = 'yes' AND v.value <> w.value) AS is_fixed
                FROM known_value v JOIN file_value w USING (customer_id, name)
                WHERE v.name = ? GROUP BY v.customer_id) k USING (customer_id)
            WHERE f.name = ?) WHERE effect IS NOT NULL
        """,  # noqa: S608 - our own words
        [name, name],
    )


def _hold_back(workspace: Workspace, name: str, rule: str) -> None:
    """Take out of the news what known people are not to get: anything, or where they have some."""
    has_some = (
        ""
        if rule == SKIP
        else "AND customer_id IN (SELECT customer_id FROM known_value WHERE name = ?)"
    )
    asked = [name] if rule == SKIP else [name, name]
    for table, column in (("new_trait", "name"), ("new_identifier", "type")):
        if table == "new_trait" or name in _ADDRESSES:
            workspace.run(
                f"DELETE FROM {table} WHERE {column} = ? AND NOT is_new_customer {has_some}",  # noqa: S608
                asked,
            )


def _overwrite(workspace: Workspace, name: str) -> None:
    """Put every other value out of force, and let the file say its own once more where that is not
    news: the run that overrules is the run that says.
    """
    workspace.run(
        "INSERT INTO new_overruled SELECT k.trait_id FROM known_value k "
        "JOIN rule_effect e USING (customer_id, name) WHERE e.effect = 'replaced' "
        "AND k.name = ? AND k.value <> e.theirs AND k.trait_id IS NOT NULL",
        [name],
    )
    workspace.run(
        """
        INSERT INTO new_trait
        SELECT p.record_id, t.name, t.value, t.observed_at, p.customer_id, false
        FROM party_trait t JOIN person p USING (party)
        JOIN rule_effect e ON e.customer_id = p.customer_id AND e.name = t.name
          AND e.theirs = left(t.value, 500)
        WHERE t.name = ? AND e.effect = 'replaced' AND NOT EXISTS (SELECT 1 FROM new_trait n
            WHERE n.record_id = p.record_id AND n.name = t.name)
        """,
        [name],
    )


def count_effects(workspace: Workspace) -> dict[str, Any]:
    """Count what the rules do, by trait, and show the first values that staff keep from them."""
    rows = workspace.rows(
        "SELECT name, effect, count(*) FROM rule_effect GROUP BY 1, 2 ORDER BY 1, 2"
    )
    effects: dict[str, dict[str, int]] = {}
    for name, effect, count in rows:
        effects.setdefault(name, {})[effect] = int(count)
    kept = workspace.rows(
        "SELECT row_number, name, ours, theirs FROM rule_effect WHERE effect = 'kept' "
        "ORDER BY row_number, name LIMIT ?",
        [_SHOWN],
    )
    if not effects:
        return {}
    return {"rules": effects, "conflicts": [[int(row), *rest] for row, *rest in kept]}
