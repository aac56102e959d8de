"""The work of `cartera check` in polars: a file becomes the bodies of requests. No cell is checked, and nothing is told.

    peer.py csv|csv1252|xlsx FILE OUT

It needs `pip install polars==2.1.0 fastexcel==0.21.0`, and is what `whole` measures besides the floor where
CARTERA_PEER names a Python that has them. Its columns are those of `portfolio.toml`.
"""

import pathlib
import sys
import tomllib

import polars as pl

# Records of a request.
TOGETHER = 500
DATES = {"expiring_date", "last_pay_date"}
AMOUNTS = {"total_balance", "last_pay", "balance_payment"}


def columns(mapping, section):
    """The fields of a section, each with its column and what stands in for a blank."""
    fields = {name: rule for name, rule in mapping[section].items() if name != "custom"}
    fields |= mapping[section]["custom"]
    return {name: rule if isinstance(rule, dict) else {"column": rule} for name, rule in fields.items()}


def read(kind, path):
    """The rows, as lazily as the format allows: the streaming reader takes UTF-8 alone."""
    if kind == "xlsx":
        return pl.read_excel(path).lazy()
    if kind == "csv1252":
        return pl.read_csv(path, separator=";", encoding="windows-1252", infer_schema=False).lazy()
    return pl.scan_csv(path, infer_schema=False)


def value(kind, field, rule, types):
    """A column as the text that is sent."""
    cell = pl.col(rule["column"])
    if field in DATES:
        cell = (cell if kind == "xlsx" else cell.str.to_date("%d/%m/%Y", strict=False)).dt.strftime("%Y-%m-%d")
    elif field in AMOUNTS and kind == "csv1252":
        cell = cell.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
    elif kind == "xlsx" and types[rule["column"]].is_float() and field not in AMOUNTS:
        cell = cell.cast(pl.Int64)
    return cell.cast(pl.String).fill_null(rule.get("default", "")).alias(field)


def main(kind, path, out):
    mapping = tomllib.loads(pathlib.Path(__file__).with_name("portfolio.toml").read_text(encoding="utf-8"))
    head, line = columns(mapping, "expediente"), columns(mapping, "obligation")
    rows = read(kind, path)
    types = rows.collect_schema() if kind == "xlsx" else {}
    values = [value(kind, field, rule, types) for field, rule in (head | line).items()]
    key, *others = head
    records = rows.select(values).group_by(key).agg(
        *(pl.col(field).first() for field in others), pl.struct(list(line)).alias("Obligations")
    )
    records = records.collect(engine="streaming")
    with open(out, "w", encoding="utf-8") as bodies:
        for start in range(0, records.height, TOGETHER):
            together = records.slice(start, TOGETHER).write_json()
            bodies.write('{"operation":"op","collections":' + together + "}\n")


main(*sys.argv[1:])
