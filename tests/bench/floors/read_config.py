"""Floor of a read verb on files: start, read one JSON file, print one value."""

import argparse
import json

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("path")
arguments = parser.parse_args()
with open(arguments.file, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not part of the floor
    value = json.load(file)
for key in arguments.path.split("."):
    value = value[key]
print(json.dumps(value))
