#!/usr/bin/env python3
"""Writes review data in the shape of two public data sets, with invented contents.

    examples/review_sets.py amazon DIR [--rows N] [--seed N]   JSON Lines: reviews, products
    examples/review_sets.py olist DIR [--rows N] [--seed N]    CSV files with text keys

N is the number of reviews, 1,000,000 unless given. The same arguments give the same bytes.
"""

import argparse
import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

WORDS = (
    "light warm small sturdy soft quiet cheap bright heavy plain neat odd worn fresh solid thin"
    " zipper strap handle pocket lid cable lamp case sleeve button screen brush mat frame bottle"
    " arrived fits works broke lasts smells looks feels keeps holds, returned it! again. ok? \"so\""
    " naïve café 5\" mit ½ 日本 👍"
).split(" ")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def words(random, least, most):
    return " ".join(random.choices(WORDS, k=random.randint(least, most)))


def code(random, start, length):
    return start + "".join(random.choices(LETTERS, k=length - len(start)))


def amazon(folder, rows, random):
    """Reviews of products by users: a rating as a float, images as an array, times in ms."""
    parents = sorted({code(random, "B0", 10) for _ in range(max(2, rows // 20))})
    with open(folder / "products.jsonl", "w", encoding="utf-8") as out:
        for parent in parents:
            price = round(random.uniform(1, 200), 2)
            product = {
                "main_category": random.choice(["Home", "Beauty", "Toys", None]),
                "title": words(random, 2, 8),
                "average_rating": round(random.uniform(1, 5), 1),
                "features": [words(random, 2, 5) for _ in range(random.randint(0, 3))],
                "price": random.choice([price, None]),
                "details": {"Brand": code(random, "", 5), "Is Discontinued By Manufacturer": "No"},
                "parent_asin": parent,
            }
            out.write(json.dumps(product, ensure_ascii=random.random() < 0.5) + "\n")
    began = 1_300_000_000_000
    with open(folder / "reviews.jsonl", "w", encoding="utf-8") as out:
        for number in range(rows):
            images = [
                {"small_image_url": f"https://images.example/{number}-{at}-s.jpg", "attachment_type": "IMAGE"}
                for at in range(random.choice([0, 0, 0, 1, 3]))
            ]
            review = {
                "rating": float(random.randint(1, 5)),
                "title": words(random, 1, 4),
                "text": words(random, 3, 40).replace("! ", "!\n"),
                "images": images,
                "asin": code(random, "B0", 10),
                "parent_asin": random.choice(parents),
                "user_id": code(random, "A", 28),
                # increases, so that user and time are a key
                "timestamp": began + 397_000 * number + random.randint(0, 396_999),
                "helpful_vote": random.choice([0, 0, 0, 1, 2, 17]),
                "verified_purchase": random.random() < 0.9,
            }
            out.write(json.dumps(review) + "\n")


def olist(folder, rows, random):
    """A shop: orders, their items and reviews. All keys are 32 hexadecimal digits."""

    def key():
        return f"{random.getrandbits(128):032x}"

    def moment(least, days):
        return least + timedelta(seconds=random.randrange(days * 86_400))

    def writer(name):
        out = open(folder / f"olist_{name}_dataset.csv", "w", encoding="utf-8", newline="")
        return csv.writer(out, lineterminator="\n")

    began = datetime(2016, 9, 1)
    products = [key() for _ in range(max(2, rows // 30))]
    out = writer("products")
    out.writerow(["product_id", "product_category_name", "product_name_lenght", "product_weight_g"])
    for product in products:
        known = random.random() < 0.98
        out.writerow(
            [product]
            + ([random.choice(["perfumaria", "bebes", "pet_shop"]), float(random.randint(5, 70)), random.randint(50, 9000)]
               if known else ["", "", ""])
        )
    orders, items, reviews = writer("orders"), writer("order_items"), writer("order_reviews")
    orders.writerow(["order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_delivered_customer_date"])
    items.writerow(["order_id", "order_item_id", "product_id", "shipping_limit_date", "price", "freight_value"])
    reviews.writerow(
        ["review_id", "order_id", "review_score", "review_comment_title", "review_comment_message",
         "review_creation_date", "review_answer_timestamp"]
    )
    for _ in range(rows):
        order, bought = key(), moment(began, 700)
        arrived = moment(bought, 30) if random.random() < 0.97 else ""
        orders.writerow([order, key(), "delivered" if arrived else "shipped", bought, arrived])
        for item in range(1, random.choice([1, 1, 1, 2, 3]) + 1):
            limit = moment(bought, 10)
            items.writerow([order, item, random.choice(products), limit, f"{random.uniform(1, 900):.2f}", f"{random.uniform(0, 60):.2f}"])
        written = moment(bought, 40).replace(hour=0, minute=0, second=0)
        message = words(random, 2, 25).replace("! ", "!\r\n") if random.random() < 0.4 else ""
        reviews.writerow(
            [key(), order, random.randint(1, 5), words(random, 1, 3) if message and random.random() < 0.3 else "",
             message, written, moment(written, 5)]
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=["amazon", "olist"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    write = {"amazon": amazon, "olist": olist}[arguments.shape]
    write(arguments.folder, arguments.rows, random.Random(arguments.seed))


if __name__ == "__main__":
    main()
