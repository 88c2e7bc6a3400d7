"""Judges Avro for the tests: fastavro, independent of this project.

  avro_judge.py write SEED COUNT   random schemas and records, one JSON object a line:
                                   {"schema", "hex", "json"}
  avro_judge.py read FILE          reads {"schema", "hex"} lines, answers each with
                                   {"json", "hex"} (re-encoded) or {"error"}
"""

import io
import json
import random
import sys

import fastavro
from fastavro.utils import generate_one

PRIMITIVES = ["boolean", "int", "long", "float", "double", "string", "bytes"]


class Schemas:
    """Draws schemas of every kind of type, with names and references."""

    def __init__(self, rnd):
        self.rnd = rnd
        self.n = 0
        self.names = []

    def name(self, prefix):
        self.n += 1
        return f"{prefix}{self.n}"

    def value(self, depth):
        kind = self.rnd.randrange(10)
        if depth > 3 or kind < 3:
            return self.rnd.choice(PRIMITIVES)
        if kind == 3:
            return {"type": "array", "items": self.value(depth + 1)}
        if kind == 4:
            return {"type": "map", "values": self.value(depth + 1)}
        if kind == 5:
            branches = ["null"] + self.rnd.sample(PRIMITIVES, self.rnd.randrange(1, 4))
            if self.rnd.random() < 0.5:
                branches.append(self.record(depth + 1))
            self.rnd.shuffle(branches)
            return branches
        if kind == 6:
            return self.record(depth + 1)
        if kind == 7:
            name = self.name("E")
            self.names.append(name)
            return {"type": "enum", "name": name, "symbols": ["A", "B_1", "c"][: self.rnd.randrange(1, 4)]}
        if kind == 8:
            name = self.name("F")
            self.names.append(name)
            return {"type": "fixed", "name": name, "size": self.rnd.randrange(1, 9)}
        return self.rnd.choice(self.names) if self.names else "string"

    def record(self, depth):
        name = self.name("R")
        fields = [{"name": f"f{i}", "type": self.value(depth)} for i in range(self.rnd.randrange(1, 5))]
        self.names.append(name)
        return {"type": "record", "name": name, "fields": fields}


def encode(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    return out.getvalue()


def to_json(schema, value):
    out = io.StringIO()
    fastavro.json_writer(out, schema, [value])
    return out.getvalue().strip()


def write(seed, count):
    rnd = random.Random(seed)
    random.seed(seed)  # fastavro draws from the module's own generator
    for _ in range(count):
        text = Schemas(rnd).record(0)
        schema = fastavro.parse_schema(json.loads(json.dumps(text)))
        for _ in range(5):
            # Read back, since the value that was drawn says less about unions.
            data = encode(schema, generate_one(schema))
            value = fastavro.schemaless_reader(io.BytesIO(data), schema, return_record_name=True, return_named_type=True)
            print(json.dumps({"schema": json.dumps(text), "hex": encode(schema, value).hex(), "json": to_json(schema, value)}))


def read(path):
    for line in open(path, encoding="utf-8"):
        case = json.loads(line)
        try:
            schema = fastavro.parse_schema(json.loads(case["schema"]))
            data = io.BytesIO(bytes.fromhex(case["hex"]))
            value = fastavro.schemaless_reader(data, schema, return_record_name=True, return_named_type=True)
            if data.read():
                raise ValueError("bytes are left over")
            answer = {"hex": encode(schema, value).hex()}
            try:
                answer["json"] = to_json(schema, value)
            except IndexError:  # its JSON writer loses its place in some recursive unions
                pass
            print(json.dumps(answer))
        except Exception as e:  # whatever it says goes into the test's report
            print(json.dumps({"error": repr(e)}))


if sys.argv[1] == "write":
    write(int(sys.argv[2]), int(sys.argv[3]))
else:
    read(sys.argv[2])
