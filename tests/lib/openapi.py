# SPDX-License-Identifier: AGPL-3.0-or-later
# openapi.py DOCUMENT - each line of standard input is {"name", "schema", "body"}: the body has to be as
# that schema of the document says; prints what is not. The document's own schemas are checked first.
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
validators = {}


def validator(schema):
    key = json.dumps(schema)
    if key not in validators:
        whole = {**schema, "components": document["components"]}
        Draft202012Validator.check_schema(whole)
        validators[key] = Draft202012Validator(whole)
    return validators[key]


for name, schema in document["components"]["schemas"].items():
    validator(schema)
for line in sys.stdin:
    answer = json.loads(line)
    for error in validator(answer["schema"]).iter_errors(answer["body"]):
        print(f"{answer['name']}: {error.json_path}: {error.message[:300]}")
