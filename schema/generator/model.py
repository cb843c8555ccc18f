"""What a table says, as objects: messages, their structs and fields."""
from dataclasses import dataclass, field

from versions import NONE, OPEN, Versions

# Types of one value, with the bytes that they take on the wire where that is fixed.
FIXED_SIZES = {"bool": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8, "float64": 8,
               "uuid": 16}
SIZED = ("string", "bytes", "records")

# What `kind=` may say, with the type that it refines.
KINDS = {"Offset": "int64", "ProducerId": "int64", "LeaderEpoch": "int32", "PartitionIndex": "int32",
         "NodeId": "int32", "ProducerEpoch": "int16", "ErrorCode": "int16", "ApiKey": "int16"}
ENUM_KINDS = ("ErrorCode", "ApiKey")


@dataclass
class Field:
    name: str
    type: str                      # Without the [] of an array.
    array: bool
    versions: Versions
    nullable: Versions = NONE
    tagged: Versions = NONE
    tag: int | None = None
    default: str | None = None
    ignorable: bool = False
    map_key: bool = False
    kind: str | None = None
    entity: str | None = None
    flexible: Versions | None = None  # Where it differs from the message's.
    struct: "Struct | None" = None

    @property
    def optional(self):
        """Whether the C++ member is a std::optional."""
        return bool(self.nullable)

    @property
    def null_by_default(self):
        """Kafka's rule: null where the table says so; records that may be null are null as well, and so are structs but
        for tagged ones: where the tag is left out, they are there with their defaults."""
        if not self.optional:
            return False
        if self.default == "null":
            return True
        if self.array:
            return False
        return self.type == "records" or (self.struct is not None and self.tag is None)

    @property
    def tagged_optional_struct(self):
        """Null or not is then an unsigned varint (0 or 1), not a byte of -1 or 1."""
        return self.optional and self.struct is not None and not self.array and self.tag is not None


@dataclass
class Struct:
    name: str
    fields: list[Field]
    versions: Versions = NONE      # In which it occurs; filled in by settle().
    needs_default_check: bool = False

    @property
    def tagged_fields(self):
        return sorted((f for f in self.fields if f.tag is not None), key=lambda f: f.tag)


@dataclass
class Message:
    kind: str                      # request, response, header, metadata, coordinator-key, coordinator-value, data
    body: Struct
    versions: Versions
    current: Versions              # What the Apache Kafka release that we follow speaks.
    flexible: Versions
    key: int | None = None
    listeners: tuple[str, ...] = ()
    latest_unstable: bool = False
    log: str | None = None         # Which log a metadata or coordinator record belongs to.
    structs: list[Struct] = field(default_factory=list)  # Without the body; what is used stands before its user.

    @property
    def name(self):
        return self.body.name

    @property
    def ever_flexible(self):
        return bool(self.flexible.intersect(self.versions))

    @property
    def flexible_from(self):
        return self.flexible.low if self.ever_flexible else OPEN


def size_min(struct, version, flexible):
    """The least bytes that `struct` takes in `version` of a message that is flexible in `flexible`."""
    total = 1 if version in flexible else 0
    for one in struct.fields:
        if version in one.versions and version not in one.tagged:
            total += field_size_min(one, version, flexible if one.flexible is None else one.flexible)
    return total


def field_size_min(one, version, flexible):
    compact = version in flexible
    if one.array:
        return 1 if compact else 4
    return element_size_min(one, version, flexible) if version not in one.nullable or one.type in SIZED else 1


def element_size_min(one, version, flexible):
    """The least bytes of one value, or of one element where the field is an array."""
    if one.struct:
        return size_min(one.struct, version, flexible)
    if one.type in FIXED_SIZES:
        return FIXED_SIZES[one.type]
    if version in flexible:
        return 1
    return 2 if one.type == "string" else 4
