#!/usr/bin/env python3
"""Writes messages.json beside this file: what every message of the protocol must be encoded as, by protobuf's own library.

    pip install grpcio-tools==1.85.1
    python3 proto/tests/vectors/make.py

`proto/tests/known_answers/` compares. A change of a vector is a change of the protocol.

Each field has a value that tells it from the others: a number is 1000 times the field's own number, bytes are 16 times
that number, again and again (as many as the comment in the .proto says, or five), a text is the field's name, a truth
is true, a choice is the last one. What is repeated is there twice; the second time, numbers and bytes are greater by one.
Where only one of several fields may be there, each has a vector of its own.
"""

import json
import pathlib
import re
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from grpc_tools import protoc

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
WHOLE = (Field.TYPE_UINT32, Field.TYPE_UINT64)


def compiled():
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tributary/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "descriptors"
        flags = ["--include_imports", "--include_source_info", f"--descriptor_set_out={out}"]
        assert protoc.main(["protoc", f"--proto_path={ROOT}", *flags, *files]) == 0
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def lengths(file):
    """By message and field: the bytes that the field's comment speaks of."""
    found = {}
    for location in file.source_code_info.location:
        length = re.search(r"(\d+) bytes", location.trailing_comments)
        # A field (2) of a message (4).
        if length and len(location.path) == 4 and location.path[0] == 4 and location.path[2] == 2:
            message = file.message_type[location.path[1]]
            found[message.name, message.field[location.path[3]].name] = int(length[1])
    return found


def value(field, more):
    if field.type in WHOLE:
        return 1000 * field.number + more
    if field.type == Field.TYPE_SINT64:
        return (1000 * field.number + more) * (-1 if more else 1)
    if field.type == Field.TYPE_BOOL:
        return True
    if field.type == Field.TYPE_ENUM:
        return field.enum_type.values[-1].number
    if field.type == Field.TYPE_STRING:
        return field.name
    assert field.type == Field.TYPE_BYTES, field.full_name
    return bytes([16 * field.number + more]) * LENGTHS.get((field.containing_type.name, field.name), 5)


def filled(kind, more, chosen=None):
    message = message_factory.GetMessageClass(kind)()
    for field in kind.fields:
        choice = field.containing_oneof
        if choice is not None and len(choice.fields) > 1 and field is not chosen:
            continue
        if field.type == Field.TYPE_MESSAGE and field.is_repeated:
            getattr(message, field.name).extend(filled(field.message_type, i) for i in range(2))
        elif field.type == Field.TYPE_MESSAGE:
            getattr(message, field.name).CopyFrom(filled(field.message_type, more))
        elif field.is_repeated:
            getattr(message, field.name).extend(value(field, more + i) for i in range(2))
        else:
            setattr(message, field.name, value(field, more))
    return message


def vectors(kind):
    choices = [choice for choice in kind.oneofs if len(choice.fields) > 1]
    assert len(choices) < 2, kind.name
    if not choices:
        yield kind.name, filled(kind, 0)
    for field in choices[0].fields if choices else ():
        yield f"{kind.name}.{field.name}", filled(kind, 0, field)


FILES = compiled().file
LENGTHS = {name: length for file in FILES for name, length in lengths(file).items()}
POOL = descriptor_pool.DescriptorPool()
for file in FILES:
    POOL.Add(file)

if __name__ == "__main__":
    made = {}
    for file in FILES:
        for message in file.message_type:
            kind = POOL.FindMessageTypeByName(f"{file.package}.{message.name}")
            made |= {name: "0x" + message.SerializeToString(deterministic=True).hex() for name, message in vectors(kind)}
    (HERE / "messages.json").write_text(json.dumps(made, indent=1) + "\n")
    print(f"{len(made)} messages")
