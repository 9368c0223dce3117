#!/usr/bin/env python3
"""Reads the CSV files of a folder with DuckDB, all values of all columns as their types. Nothing else is checked.

    reader_duckdb.py FOLDER TYPE_OF_DATE THREADS
"""
import sys

import duckdb

folder, date, threads = sys.argv[1:]
COLUMNS = {
    "reviews": {
        "id": "UINTEGER", "product_id": "UINTEGER", "rating": "UTINYINT", "date": date, "summary": "VARCHAR", "body": "VARCHAR",
        "recommend": "BOOLEAN", "reported": "BOOLEAN", "reviewer_name": "VARCHAR", "reviewer_email": "VARCHAR", "response": "VARCHAR",
        "helpfulness": "UINTEGER",
    },
    "characteristics": {"id": "UINTEGER", "product_id": "UINTEGER", "name": "VARCHAR"},
    "reviews_photos": {"id": "UINTEGER", "review_id": "UINTEGER", "url": "VARCHAR"},
    "characteristic_reviews": {"id": "UINTEGER", "characteristic_id": "UINTEGER", "review_id": "UINTEGER", "value": "UTINYINT"},
}
connection = duckdb.connect()
connection.execute(f"SET threads = {threads}")
for table, columns in COLUMNS.items():
    # select every column, or DuckDB would not convert it; use the text, or DuckDB would not materialise it
    asked = [f"max(strlen({c}))" if kind == "VARCHAR" else f"count({c})" for c, kind in columns.items()]
    found = connection.execute(
        f"SELECT count(*), {', '.join(asked)} FROM read_csv(?, header = true, columns = ?, nullstr = 'null', delim = ',', quote = '\"')",
        [f"{folder}/{table}.csv", columns],
    ).fetchone()
    print(table, *found)
