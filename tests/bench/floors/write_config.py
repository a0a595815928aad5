"""Floor of a checked write: parse, compile the whole schema, validate, two syncs, one rename."""

import argparse
import json
import os

import jsonschema_rs

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("schema")
parser.add_argument("text")
arguments = parser.parse_args()
with open(arguments.file, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not part of the floor
    config = json.load(file)
with open(arguments.schema, encoding="utf-8") as file:  # noqa: PTH123 - as above
    schema = json.load(file)
config.setdefault("messages", {})["responsePrefix"] = arguments.text
jsonschema_rs.validator_for(schema).validate(config)
temporary = arguments.file + ".floor"
with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
    json.dump(config, file)
    file.flush()
    os.fsync(file.fileno())
os.replace(temporary, arguments.file)  # noqa: PTH105 - as above
folder = os.open(os.path.dirname(arguments.file), os.O_RDONLY)  # noqa: PTH120 - as above
os.fsync(folder)
os.close(folder)
