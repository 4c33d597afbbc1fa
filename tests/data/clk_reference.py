#!/usr/bin/env python3
"""Encodes records as the clkhash linkage schema, version 3, says: the second opinion behind the known answers in the tests.

    clk_reference.py SCHEMA.json SECRET < records.csv     (a CSV with a header; columns in the schema's order)

Written from the schema's documentation with hashlib and hmac alone; shares nothing with the agent. Prints one line a
record: the encoding in base64, or "-" where a value does not fit its feature."""
import base64
import csv
import datetime
import hashlib
import hmac
import json
import re
import sys


def derive(secret, count, size, kdf):
    """RFC 5869."""
    algorithm = {"SHA256": hashlib.sha256, "SHA512": hashlib.sha512}[kdf.get("hash", "SHA256")]
    salt = base64.b64decode(kdf.get("salt", "")) or bytes(algorithm().digest_size)
    info = base64.b64decode(kdf.get("info", ""))
    key = hmac.new(salt, secret, algorithm).digest()
    output, block, number = b"", b"", 0
    while len(output) < count * size:
        number += 1
        block = hmac.new(key, block + info + bytes([number]), algorithm).digest()
        output += block
    return [output[i * size:(i + 1) * size] for i in range(count)]


def normal_form(form, value):
    kind = form["type"]
    if kind == "string":
        value.encode(form.get("encoding", "utf-8"))
        if "pattern" in form:
            if not re.fullmatch(form["pattern"], value):
                raise ValueError
            return value
        if not form.get("minLength", 0) <= len(value) <= form.get("maxLength", len(value)):
            raise ValueError
        case = form.get("case", "mixed")
        if (case == "upper" and value.upper() != value) or (case == "lower" and value.lower() != value):
            raise ValueError
        return value
    if kind == "integer":
        number = int(value)
        if not form.get("minimum", number) <= number <= form.get("maximum", number):
            raise ValueError
        return str(number)
    if kind == "date":
        return datetime.datetime.strptime(value, form["format"]).strftime("%Y%m%d")
    if value not in form["values"]:
        raise ValueError
    return value


def tokens(comparison, text):
    if not text:
        return []
    if comparison["type"] == "exact":
        return [text]
    if comparison["type"] == "ngram":
        n = comparison["n"]
        padded = " " * (n - 1) + text + " " * (n - 1)
        found = [padded[i:i + n] for i in range(len(text) + n - 1)]
        return [f"{i} {token}" for i, token in enumerate(found, 1)] if comparison.get("positional") else found
    precision, resolution = comparison.get("fractional_precision", 0), comparison["resolution"]
    interval = round(comparison["thresholdDistance"] * 10 ** precision)
    try:
        number = int(text) * 10 ** precision
    except ValueError:
        number = float(text)
        number = round(number * 10 ** precision) if precision else int(number)
    number *= 2 * resolution
    residue = number % interval
    middle = number - residue if residue < interval / 2 else number + interval - residue
    return [str(middle + i * interval) for i in range(-resolution, resolution + 1)]


def positions(hashing, token, count, keys, length):
    kind = hashing.get("hash", {"type": "blakeHash"})
    if kind["type"] == "blakeHash":
        found = []
        for part in range((count + 31) // 32):
            digest = hashlib.blake2b(token, key=keys[0], salt=str(part).encode()).digest()
            found += [int.from_bytes(digest[i:i + 2], "little") % length for i in range(0, 64, 2)]
        return found[:count]
    first = int.from_bytes(hmac.new(keys[0], token, "sha1").digest(), "big") % length
    step = int.from_bytes(hmac.new(keys[1], token, "md5").digest(), "big") % length
    tries = 0
    while step == 0 and kind.get("prevent_singularity"):
        step = int.from_bytes(hmac.new(keys[1], token + chr(tries).encode(), "md5").digest(), "big") % length
        tries += 1
    return [(first + i * step) % length for i in range(count)]


def encode(schema, keys, record):
    config = schema["clkConfig"]
    folds = config.get("xorFolds", config.get("xor_folds", 0))
    length = config["l"] << folds
    bits = [0] * length
    for i, (feature, value) in enumerate(zip(schema["features"], record)):
        if feature.get("ignored"):
            continue
        hashing = feature["hashing"]
        missing = hashing.get("missingValue")
        if missing and value == missing["sentinel"]:
            text = missing.get("replaceWith", value)
        else:
            text = normal_form(feature["format"], value)
        found = tokens(hashing["comparison"], text)
        for j, token in enumerate(found):
            count = hashing["strategy"].get("bitsPerToken")
            if count is None:
                count, left_over = divmod(hashing["strategy"]["bitsPerFeature"], len(found))
                count += j < left_over
            raw = token.encode(feature["format"].get("encoding", "utf-8"))
            for position in positions(hashing, raw, count, keys[2 * i:2 * i + 2], length):
                bits[position] = 1
    for _ in range(folds):
        half = len(bits) // 2
        bits = [a ^ b for a, b in zip(bits[:half], bits[half:])]
    bits += [0] * (-len(bits) % 8)
    return base64.b64encode(bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))).decode()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    keys = derive(sys.argv[2].encode(), 2 * len(schema["features"]), schema["clkConfig"]["kdf"].get("keySize", 64),
                  schema["clkConfig"]["kdf"])
    records = csv.reader(sys.stdin)
    next(records)
    for record in records:
        try:
            print(encode(schema, keys, record))
        except (ValueError, OverflowError):
            print("-")


if __name__ == "__main__":
    main()
