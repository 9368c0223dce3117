#!/usr/bin/env python3
"""Writes the CSV files of a folder as INSERT statements of many rows, to be piped into the plain client.

    inserts.py FOLDER epoch|iso [ROWS_PER_STATEMENT]

What the loading scripts of most projects do, without their drivers: values quoted where they are text, 5,000 rows a statement.
"""
import csv
import datetime
import sys

EPOCH = datetime.datetime(1970, 1, 1)


def text(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def number(value):
    return value


def boolean(value):
    return "1" if value == "true" else "0"


def epoch(value):
    return text(str(EPOCH + datetime.timedelta(milliseconds=int(value))))


def response(value):
    return "NULL" if value in ("", "null") else text(value)


def tables(variant):
    date = epoch if variant == "epoch" else text
    return {
        "reviews": [number, number, number, date, text, text, boolean, boolean, text, text, response, number],
        "characteristics": [number, number, text],
        "reviews_photos": [number, number, text],
        "characteristic_reviews": [number, number, number, number],
    }


def main(folder, variant, rows_per_statement=5000):
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", buffering=1 << 20, closefd=False)
    for table, encoders in tables(variant).items():
        with open(f"{folder}/{table}.csv", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            pending = []
            for row in rows:
                pending.append("(" + ",".join([encode(value) for encode, value in zip(encoders, row)]) + ")")
                if len(pending) == int(rows_per_statement):
                    out.write(f"INSERT INTO {table} VALUES {','.join(pending)};\n")
                    pending.clear()
            if pending:
                out.write(f"INSERT INTO {table} VALUES {','.join(pending)};\n")
    out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
