"""What a schema says of an extract: which field each column is, and in which forms its dates are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from childlink.errors import InputFault, UsageFault
from childlink.linkage import dates
from childlink.linkage.fields import BY_NAME
from childlink.returns.tabular import alike, columns_meant, named
from childlink.schema.model import FieldSchema, ReturnSchema, load_return_schema, shipped_schemas
from childlink.schema.reading import read_schema

FIELD_OF_KIND: Mapping[str, str] = {
    "record_id": "record_id",
    "local_id": "record_id",
    "forename": "forename",
    "surname": "surname",
    "birth_date": "date_of_birth",
    "sex": "sex",
    "gender": "sex",
    "ethnicity": "ethnicity",
    "postcode": "postcode",
    "upn": "upn",
    "former_upn": "former_upn",
    "uln": "uln",
    "nhs_number": "nhs_number",
}
"""The field that a column of each kind is. Of record_id and local_id, and of sex and gender, the first that an
extract has counts; middle names are no field."""
_SECOND = ("local_id", "gender")


def schema_at(given: str, folder: Path | None = None) -> ReturnSchema:
    """The schema in the file ``given`` (below ``folder``, where it is no whole path), or one that ships, by its name.

    Raises InputFault for a file that is no schema (``read_schema``).
    """
    path = folder / given if folder is not None else Path(given)
    if given in shipped_schemas() and not path.exists():
        return load_return_schema(given)
    return read_schema(path)


def fields_said(
    source: str, path: Path, headings: Sequence[str], schema: ReturnSchema, said: Mapping[str, str]
) -> dict[str, str]:
    """The field of each heading that ``schema`` gives a kind, in the order of ``headings``.

    ``said`` (heading to field) is what link.toml says: it comes first, and no field of one column that it names is
    given to another. Columns without a kind are left to recognition, so that a seal is not passed over.

    Raises InputFault where the schema has no table that is like the extract.
    """
    table = _table(source, path, headings, schema)
    columns = columns_meant(headings, table, folded=schema.folded)
    kinds = {heading: _kind(table, column) for heading, column in columns.items()}
    there = {FIELD_OF_KIND[kind] for kind in kinds.values() if kind is not None and kind not in _SECOND}
    settled = {field for field in said.values() if not (field in BY_NAME and BY_NAME[field].several)}
    found: dict[str, str] = {}
    for heading in headings:
        kind = kinds.get(heading)
        if kind is None or heading in said:
            continue
        field = FIELD_OF_KIND[kind]
        if field not in settled and not (kind in _SECOND and field in there):
            found[heading] = field
    return found


def _kind(fields: Sequence[FieldSchema], name: str) -> str | None:
    kind = next(f.kind for f in fields if f.name == name)
    return kind if kind in FIELD_OF_KIND else None


def _table(source: str, path: Path, headings: Sequence[str], schema: ReturnSchema) -> Sequence[FieldSchema]:
    """The columns of the table of ``schema`` that the extract is: its one, else by the source's or the file's name,
    else by its headings."""
    tables = list(schema.tables.values())
    columns = {t.name: columns_meant(headings, t.fields, folded=schema.folded) for t in tables}
    name = tables[0].name if len(tables) == 1 else named(source, tables) or named(path.stem, tables)
    name = name or alike(columns, {t.name: t.fields for t in tables})
    if name is None or not columns[name]:
        what = f"the table {name}" if name is not None else "any table"
        raise InputFault(
            f"{path} has no column of {what} of the schema {schema.name}",
            allowed=", ".join(f.name for f in (schema.tables[name] if name else tables[0]).fields[:12]),
            next_step=f"give the schema of {source}; childlink schemas infer {path} writes one",
        )
    return schema.tables[name].fields


def date_forms(schema: ReturnSchema) -> tuple[dates.DateForm, ...]:
    """The forms of dates of ``schema``, in its order, as linkage reads them: a time of day does not matter.

    Raises UsageFault for a form that linkage does not know.
    """
    known = {form.parse: form for form in dates.FORMS.values()} | {"%d %b %Y": dates.MONTH_NAME}
    forms: dict[str, dates.DateForm] = {}
    for written in schema.dates:
        plain = written.partition(" %H")[0]
        if plain not in known:
            raise UsageFault(
                f"dates written {written}, as the schema {schema.name} has them, are not read by childlink link",
                allowed=", ".join(known),
                next_step="export the dates in one of these forms, and correct the schema",
            )
        forms[known[plain].name] = known[plain]
    return tuple(forms.values())
