#!/usr/bin/env python3
"""Reads the CSV files of a folder with Polars, all values of all columns as their types. Nothing else is checked.

    reader_polars.py FOLDER TYPE_OF_DATE THREADS
"""
import os
import sys

folder, date, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads
import polars  # noqa: E402  (it reads the variable when it is loaded)

DATE = {"BIGINT": polars.Int64, "DATE": polars.Date}[date]
NUMBER, SMALL, TEXT, BOOLEAN = polars.UInt32, polars.UInt8, polars.String, polars.Boolean
SCHEMAS = {
    "reviews": dict(
        id=NUMBER, product_id=NUMBER, rating=SMALL, date=DATE, summary=TEXT, body=TEXT, recommend=BOOLEAN, reported=BOOLEAN,
        reviewer_name=TEXT, reviewer_email=TEXT, response=TEXT, helpfulness=NUMBER,
    ),
    "characteristics": dict(id=NUMBER, product_id=NUMBER, name=TEXT),
    "reviews_photos": dict(id=NUMBER, review_id=NUMBER, url=TEXT),
    "characteristic_reviews": dict(id=NUMBER, characteristic_id=NUMBER, review_id=NUMBER, value=SMALL),
}
for table, schema in SCHEMAS.items():
    frame = polars.scan_csv(f"{folder}/{table}.csv", schema=schema, null_values=["null"])
    asked = [polars.col(c).str.len_bytes().max() if kind == TEXT else polars.col(c).count() for c, kind in schema.items()]
    print(table, *frame.select(polars.len(), *asked).collect(engine="streaming").row(0))
