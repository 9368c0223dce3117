#!/usr/bin/env python3
"""Writes the Python wheel: the program alone, as a script that pip installs onto PATH.

usage: scripts/packages/wheel.py TREE VERSION TARGET SUMMARY REPOSITORY FOLDER

maturin, the usual tool, would compile the program a second time, with settings of its own. Here, the
program in the wheel has the same bytes as in all other packages. Format:
https://packaging.python.org/specifications/binary-distribution-format/
"""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

# a static program needs no C library, so one wheel is for all of them
PLATFORMS = {
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
}


def main():
    tree, version, target, summary, repository, folder = sys.argv[1:]
    tree = pathlib.Path(tree)
    tag = f"py3-none-{PLATFORMS[target]}"
    name = f"reviewseed-{version}"
    metadata = (
        f"Metadata-Version: 2.1\nName: reviewseed\nVersion: {version}\nSummary: {summary}\n"
        f"Home-page: {repository}\nLicense: MIT OR Apache-2.0\nRequires-Python: >=3.8\n"
        f"Description-Content-Type: text/markdown\n\n"
    ).encode() + (tree / "README.md").read_bytes()
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in PLATFORMS[target].split("."))
    wheel = f"Wheel-Version: 1.0\nGenerator: reviewseed\nRoot-Is-Purelib: false\n{tags}".encode()
    files = [
        (f"{name}.data/scripts/reviewseed", (tree / "reviewseed").read_bytes(), 0o755),
        (f"{name}.dist-info/METADATA", metadata, 0o644),
        (f"{name}.dist-info/WHEEL", wheel, 0o644),
        *(
            (f"{name}.dist-info/licenses/{license.name}", license.read_bytes(), 0o644)
            for license in sorted(tree.glob("LICENSE-*"))
        ),
    ]
    record = f"{name}.dist-info/RECORD"
    lines = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}\n"
        for path, content, _ in files
    ]
    files.append((record, ("".join(lines) + f"{record},,\n").encode(), 0o644))
    date = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(pathlib.Path(folder) / f"{name}-{tag}.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content, mode in files:
            entry = zipfile.ZipInfo(path, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)


main()
