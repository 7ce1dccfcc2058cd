"""What a referral's records add up to, in the order of truth (interfaces: outcomes).

A referral is folded from all of its records, so early, late and repeated arrival end in
the same state. Builders of SQL only; nothing here runs any.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from mappings.canonical import REFERRAL, Field, Form

# What no record keeps as its sender's: it has a column of its own, or decides about holding the row alone.
_APART: Final = frozenset({"key", "record_type", "received_on", "explicit_consent", "professional_witness"})
# The columns that cms.record and cms.referral share.
STORED: Final = tuple(field for field in REFERRAL.fields if field.name not in _APART)

# What our own tables made of a record: a new version of a table is no news from the sender.
DERIVED: Final = frozenset(
    "recorded_at offence_class crime_category class_basis death mapping_version gender gender_code_set "
    "ethnicity_self_set ethnicity_group postcode_usable borough_code offence_borough_code "
    "phone_e164 other_phone_e164 email_usable".split()
)
SENT: Final = tuple(field for field in STORED if field.name not in DERIVED)


def columns(fields: tuple[Field, ...], table: str | None = None) -> sql.Composed:
    """The columns' names, separated by commas, qualified by `table` where one is given."""
    return sql.SQL(", ").join(
        sql.Identifier(table, field.name) if table else sql.Identifier(field.name) for field in fields
    )


def folded(field: Field, form: Form) -> sql.Composed:
    """One column's value over the records `r` of a referral or an event.

    `newest`: of the newest record where the field (or the one it follows) is not blank. `most_cautious`: true
    before false, and the letters sort so that the cautious one comes first (H before M and S, N before Y).
    """
    if field.merge == "most_cautious":
        aggregate = "bool_or" if str(field.arrow_type) == "bool" else "min"
        return sql.SQL("{}(r.{})").format(
            sql.SQL("bool_or") if aggregate == "bool_or" else sql.SQL("min"), sql.Identifier(field.name)
        )
    leader = field.follows or field.name
    return sql.SQL(
        "(array_agg(r.{value} order by r.file_order desc, r.line desc) filter (where r.{leader} is not null))[1]"
    ).format(value=sql.Identifier(field.name), leader=sql.Identifier(form.by_name[leader].name))


# Of each touched referral: what its records say (rec), what rows that may not be held say besides (kept_out), and both
# together (facts), written where anything differs.
_FOLD: Final = sql.SQL(
    """
    with rec as (
        select r.referral_key,
               min(array[r.file_order, r.line]) as first_one,
               min(r.received_on) as received_on,
               max(array[r.file_order, r.line]) filter (where r.closes) as closed,
               max(array[r.file_order, r.line]) filter (where r.opens) as opened,
               min(array[r.file_order, r.line]) filter (where r.consent is distinct from 'N') as not_refused,
               max(array[r.file_order, r.line]) filter (where r.consent = 'N') as refused,
               max(array[r.file_order, r.line]) filter (where r.consent = 'Y') as consented,
               {values}
        from touched t
        join cms.record r on r.referral_key = t.referral_key and r.source = %(source)s
                         and (r.run <> %(run)s or r.line <= t.upto_line)
        group by r.referral_key
    ), kept_out as (
        select n.referral_key,
               min(n.received_on) as received_on,
               max(n.place) filter (where n.closes and n.place > rec.first_one) as closed,
               max(n.place) filter (where n.pending) as pending,
               bool_or(n.da_flag) as da_flag,
               min(n.dash_risk) as dash_risk,
               bool_or(n.unsafe) as unsafe
        from rec
        join touched t using (referral_key)
        join lateral (select *, array[file_order, line] as place from cms.not_held) n
          on n.referral_key = rec.referral_key and n.source = %(source)s
         and (n.run <> %(run)s or n.line <= t.upto_line)
        group by n.referral_key
    ), facts as (
        select rec.*, kept_out.pending,
               least(rec.received_on, kept_out.received_on) as earliest,
               greatest(rec.closed, kept_out.closed,
                        case when rec.refused > rec.not_refused then rec.refused end) as last_closed,
               kept_out.da_flag as kept_out_da, kept_out.dash_risk as kept_out_risk,
               kept_out.unsafe as kept_out_unsafe
        from rec left join kept_out using (referral_key)
    )
    insert into cms.referral (source, referral_key, received_on, {state}, made_by, changed_by,
                              single, first_line, first_file_order, first_record_type, first_opens, {columns})
    select %(source)s, f.referral_key, f.earliest,
           f.last_closed is not null and (f.opened is null or f.opened <= f.last_closed),
           f.last_closed is not null and coalesce(f.opened > f.last_closed, false),
           f.pending is not null and (f.consented is null or f.consented < f.pending),
           %(run)s, %(run)s, false, f.first_one[2], f.first_one[1], 'N', false, {from_facts}
    from facts f
    on conflict (referral_key, source) do update
       set received_on = excluded.received_on, withdrawn = excluded.withdrawn, reopened = excluded.reopened,
           consent_pending = excluded.consent_pending, changed_by = excluded.changed_by, {assignments}
     where (referral.received_on, referral.withdrawn, referral.reopened, referral.consent_pending, {old})
           is distinct from
           (excluded.received_on, excluded.withdrawn, excluded.reopened, excluded.consent_pending, {new})
    returning referral_key, withdrawn
    """
)


def fold_sql() -> sql.Composed:
    """Fold the referrals of the temporary table `touched` (referral_key, upto_line) into cms.referral.

    Of this run only lines up to `upto_line` count, of other runs all. Parameters: source, run. Returns the
    keys that changed, and whether they are withdrawn now.
    - A row that may not be held raises protection whenever it came (docs/adr/0011), and closes to contact if it is
      newer than the referral's first record, when the referral was known; it gives no other data.
    - Consent refused counts as a withdrawal where a record before it did not refuse, and opens nothing.
    """
    values = [sql.SQL("{} as {}").format(folded(field, REFERRAL), sql.Identifier(field.name)) for field in STORED]
    changed = [field for field in STORED if field.name != "mapping_version"]
    state = sql.SQL("withdrawn, reopened, consent_pending")
    return _FOLD.format(
        values=sql.SQL(", ").join(values),
        state=state,
        columns=columns(STORED),
        from_facts=sql.SQL(", ").join(_with_kept_out(field) for field in STORED),
        assignments=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(field.name)) for field in STORED
        ),
        old=columns(tuple(changed), "referral"),
        new=columns(tuple(changed), "excluded"),
    )


def _with_kept_out(field: Field) -> sql.Composable:
    """Rows that may not be held still raise the protection of a known referral."""
    if field.name == "da_flag":
        return sql.SQL("case when f.kept_out_da then true else f.da_flag end")
    if field.name == "dash_risk":
        return sql.SQL("least(f.dash_risk, f.kept_out_risk)")
    if field.name == "safe_to_contact":
        return sql.SQL("case when f.kept_out_unsafe then 'N' else f.safe_to_contact end")
    return sql.Identifier("f", field.name)
