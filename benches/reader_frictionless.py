#!/usr/bin/env python3
"""Validates the CSV files of a folder with Frictionless: types, required values, ranges, unique ids and foreign keys.

    reader_frictionless.py FOLDER TYPE_OF_DATE THREADS
"""
import os
import sys

from frictionless import Package, validate

folder, date, _ = sys.argv[1:]
os.chdir(folder)


def field(name, kind, **constraints):
    return {"name": name, "type": kind, "constraints": {"required": True, **constraints}}


def resource(name, fields, *references):
    keys = [{"fields": [child], "reference": {"resource": parent, "fields": ["id"]}} for child, parent in references]
    schema = {"fields": fields, "missingValues": ["", "null"], "primaryKey": ["id"], "foreignKeys": keys}
    return {"name": name, "path": f"{name}.csv", "schema": schema}


number = lambda name: field(name, "integer", minimum=0, maximum=4294967295)
grade = lambda name: field(name, "integer", minimum=1, maximum=5)
text = lambda name, length: field(name, "string", maxLength=length)
package = Package.from_descriptor({
    "name": "reviews",
    "resources": [
        resource("reviews", [
            number("id"), number("product_id"), grade("rating"), field("date", "integer" if date == "BIGINT" else "date"),
            text("summary", 255), text("body", 2000), field("recommend", "boolean"), field("reported", "boolean"),
            text("reviewer_name", 100), text("reviewer_email", 255),
            {"name": "response", "type": "string", "constraints": {"maxLength": 2000}}, number("helpfulness"),
        ]),
        resource("characteristics", [number("id"), number("product_id"), text("name", 15)]),
        resource("reviews_photos", [number("id"), number("review_id"), text("url", 500)], ("review_id", "reviews")),
        resource("characteristic_reviews", [number("id"), number("characteristic_id"), number("review_id"), grade("value")],
                 ("review_id", "reviews"), ("characteristic_id", "characteristics")),
    ],
})
report = validate(package)
print("valid" if report.valid else report.flatten(["type", "note"])[:5])
