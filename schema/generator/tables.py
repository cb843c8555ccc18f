"""Reads the tables; schema/README.md describes their format."""
import re

from model import FIXED_SIZES, KINDS, SIZED, Field, Message, Struct
from versions import parse_versions

INDENT = 2
# A word, or a word with a quoted value that may hold spaces.
WORD = re.compile(r'[^\s"]+="[^"]*"|\S+')


class TableError(Exception):
    """A table that breaks the format; says where."""


def read_tables(path):
    """The messages of one table, in its order."""
    messages = []
    open_structs = []  # One struct per level of indentation, outermost first.
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            depth = (len(line) - len(line.lstrip())) // INDENT
            words = WORD.findall(line)
            if depth == 0:
                messages.append(parse_message(words))
                open_structs = [messages[-1].body]
                continue
            parsed = parse_field(words)
            open_structs[depth - 1].fields.append(parsed)
            open_structs[depth:] = [parsed.struct] if parsed.struct else []
        except (IndexError, KeyError, ValueError) as error:
            raise TableError(f"{path}:{number}: {error!r}") from error
    for message in messages:
        try:
            settle(message)
        except ValueError as error:
            raise TableError(f"{path}: {message.name}: {error}") from error
    return messages


def parse_message(words):
    kind, name, *rest = words
    attributes = dict(word.partition("=")[::2] for word in rest)
    versions = parse_versions(attributes.pop("versions"))
    message = Message(
        kind=kind, body=Struct(name, []), versions=versions,
        current=parse_versions(attributes.pop("current", versions.text())),
        flexible=parse_versions(attributes.pop("flexible")),
        key=int(attributes.pop("key")) if "key" in attributes else None,
        listeners=tuple(filter(None, attributes.pop("listeners", "").split(","))),
        latest_unstable=attributes.pop("latest-unstable", None) is not None,
        log=attributes.pop("log", None))
    if attributes:
        raise ValueError(f"unknown attributes {sorted(attributes)}")
    return message


def parse_field(words):
    name, type_name, versions, *rest = words
    array = type_name.startswith("[]")
    type_name = type_name.removeprefix("[]")
    parsed = Field(name=name, type=type_name, array=array, versions=parse_versions(versions))
    if type_name not in FIXED_SIZES and type_name not in SIZED:
        parsed.struct = Struct(type_name, [])
    for word in rest:
        attribute, _, value = word.partition("=")
        match attribute:
            case "nullable": parsed.nullable = parse_versions(value)
            case "tag":
                tag, _, tagged = value.partition("@")
                parsed.tag, parsed.tagged = int(tag), parse_versions(tagged)
            case "default": parsed.default = value.strip('"')
            case "ignorable": parsed.ignorable = True
            case "key": parsed.map_key = True
            case "kind": parsed.kind = value
            case "entity": parsed.entity = value
            case "flexible": parsed.flexible = parse_versions(value)
            case "zerocopy": pass  # All bytes are views here.
            case _: raise ValueError(f"unknown attribute {word}")
    if parsed.kind and KINDS[parsed.kind] != type_name:
        raise ValueError(f"kind {parsed.kind} refines {KINDS[parsed.kind]}, not {type_name}")
    return parsed


def settle(message):
    """Fills in what follows from the whole: which structs there are and in which versions each occurs."""
    by_name = {}
    collect(message.body, message.versions, by_name)
    message.body.versions = message.versions
    message.structs = [struct for struct in by_name.values() if struct is not message.body]
    for struct in [*message.structs, message.body]:
        check_tags(struct)
        for one in struct.fields:
            if one.tag is not None or not (one.ignorable or one.versions.covers(struct.versions)):
                mark_default_check(one)


def collect(struct, versions, by_name):
    """Puts the structs that `struct` uses into `by_name`, the innermost first."""
    struct.versions = struct.versions.unite(versions)
    for one in struct.fields:
        if one.struct is None:
            continue
        known = by_name.get(one.struct.name)
        if known is not None:
            if shape(known) != shape(one.struct):
                raise ValueError(f"two different structs are called {known.name}")
            one.struct = known
        collect(one.struct, one.versions.intersect(versions), by_name)
        by_name.setdefault(one.struct.name, one.struct)


def mark_default_check(one):
    """A struct that is left out where it has its default needs a function that tells so."""
    if one.struct is None or one.array or (one.optional and not one.tagged_optional_struct):
        return
    one.struct.needs_default_check = True
    for inner in one.struct.fields:
        mark_default_check(inner)


def shape(struct):
    return [(one.name, one.type, one.array, one.tag, one.default, one.kind, one.struct and shape(one.struct))
            for one in struct.fields]


def check_tags(struct):
    tags = [one.tag for one in struct.tagged_fields]
    if len(set(tags)) != len(tags):
        raise ValueError(f"{struct.name} uses a tag twice: {tags}")
