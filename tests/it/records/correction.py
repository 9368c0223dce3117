"""Does the work of a user with the reject files, with Python's csv module and without reviewseed.

correction.py account INPUT REJECTS
    Checks that the .csv and .broken files together have exactly the records that the reasons name, byte
    for byte, and that the csv module reads each record of a .csv file as it reads that record in the
    input. Prints "table correctable broken" for each table.

correction.py correct REJECTS KNOWN OUT
    Writes the records of the .csv files to OUT, with the faulty field of each replaced by a valid value.
    KNOWN/<table>.ids has the ids that are in the database. A parent id that is neither one of them nor
    that of a corrected row is replaced by one of them. If two copies of a row were both rejected for
    another fault, the second one is a duplicate after the first is corrected, so it gets a new id.
"""

import csv
import io
import pathlib
import sys

TABLES = ["reviews", "characteristics", "reviews_photos", "characteristic_reviews"]
STRUCTURAL = {"record_too_large", "unclosed_quote", "field_count"}
VALID = {
    "product_id": "1",
    "rating": "3",
    "date": "1600000000000",
    "recommend": "true",
    "reported": "false",
    "helpfulness": "0",
    "name": "Fit",
    "value": "3",
    "review_id": None,
    "characteristic_id": None,
}
PARENTS = {"review_id": "reviews", "characteristic_id": "characteristics"}
# no generated row has such an id
FRESH = 4_000_000_001

# each byte is one character, so that nothing is lost, UTF-8 or not
csv.field_size_limit(1 << 30)


def read(data):
    return list(csv.reader(io.StringIO(data.decode("latin-1"), newline=""), strict=True))


def content(path):
    return path.read_bytes() if path.exists() else b""


def reasons(rejects, table):
    rows = read(content(rejects / f"{table}.reasons.csv"))
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def ended(record):
    return record if record.endswith((b"\n", b"\r")) else record + b"\n"


def account(source, rejects):
    for table in TABLES:
        data = content(source / f"{table}.csv")
        header = data[: data.index(b"\n") + 1]
        correctable, broken, place, line = [], [], 0, 1
        for reason in reasons(rejects, table):
            start, length = int(reason["byte_offset"]), int(reason["record_bytes"])
            assert start >= place, f"{table}: {reason} is out of order"
            line += data.count(b"\n", place, start)
            assert line == int(reason["line"]), f"{table}: {reason} is on another line"
            place = start + length
            line += data.count(b"\n", start, place)
            kind = broken if reason["rule"] in STRUCTURAL else correctable
            kind.append(ended(data[start:place]))
        kept = content(rejects / f"{table}.csv")
        assert kept == (header + b"".join(correctable) if correctable or broken else b""), f"{table}.csv"
        assert content(rejects / f"{table}.broken") == b"".join(broken), f"{table}.broken"
        assert read(kept)[1:] == [read(record)[0] for record in correctable], f"{table}.csv read by Python"
        print(table, len(correctable), len(broken))


def utf8(value, longest=None):
    """A value without what is not UTF-8, cut off after so many characters."""
    text = value.encode("latin-1").decode("utf-8", "replace")[:longest]
    return text.encode("utf-8").decode("latin-1")


def corrected(row, reason):
    rule, column = reason["rule"], reason["column"]
    if rule == "duplicate_key":
        pass  # by the id that is taken
    elif rule == "too_long":
        row[column] = utf8(row[column], longest=50)
    elif rule == "not_utf8":
        row[column] = utf8(row[column])
    else:
        row[column] = VALID[column]
    return row


def correct(rejects, known, out):
    ids = {}
    for table in TABLES:
        rows = read(content(rejects / f"{table}.csv"))
        why = [reason for reason in reasons(rejects, table) if reason["rule"] not in STRUCTURAL]
        names, rows = rows[0], rows[1:]
        assert len(rows) == len(why), table
        ids[table] = (known / f"{table}.ids").read_text().split()
        there = {parent: set(ids[parent]) for parent in PARENTS.values() if parent in ids}
        taken = set(ids[table])
        with open(out / f"{table}.csv", "w", encoding="latin-1", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for number, (row, reason) in enumerate(zip(rows, why)):
                row = corrected(dict(zip(names, row)), reason)
                if row["id"] in taken:
                    row["id"] = str(FRESH + number)
                taken.add(row["id"])
                for column, parent in PARENTS.items():
                    if column in row and row[column] not in there[parent]:
                        row[column] = ids[parent][0]
                writer.writerow(row[name] for name in names)
                ids[table].append(row["id"])


if __name__ == "__main__":
    {"account": account, "correct": correct}[sys.argv[1]](*map(pathlib.Path, sys.argv[2:]))
