"""How the fields of a table look in C++: types, initialisers, conditions on the version."""
from model import ENUM_KINDS
from names import member_name

NUMBERS = {"bool": "bool", "int8": "std::int8_t", "int16": "std::int16_t", "uint16": "std::uint16_t",
           "int32": "std::int32_t", "uint32": "std::uint32_t", "int64": "std::int64_t", "float64": "double"}
VALUES = {**NUMBERS, "string": "std::string_view", "bytes": "Bytes", "records": "Records", "uuid": "Uuid"}

# The names of the functions of Reader, Sizer and Writer.
FUNCTIONS = {"bool": "boolean"}


def function(one):
    return FUNCTIONS.get(one.type, one.type)


def element_type(one, scope=""):
    """The type of one value. `scope` is put before the name of a struct."""
    if one.struct:
        return scope + one.struct.name
    return one.kind or VALUES[one.type]


def member_type(one):
    inner = element_type(one)
    if one.array:
        inner = f"std::vector<{inner}>"
    return f"std::optional<{inner}>" if one.optional else inner


def number(one):
    """The default of a number, as C++ writes it."""
    text = (one.default or "0").lower()
    if one.type == "bool":
        return text if one.default else "false"
    return text


def initialiser(one):
    """What follows the member's name."""
    if one.optional and not one.null_by_default:
        return f'{{"{one.default}"}}' if one.default else "{std::in_place}"
    if one.optional or one.array or one.struct:
        return "{}"
    if one.kind == "ErrorCode":
        return f"{{{number(one)}}}" if one.default else " = ErrorCode::none"
    if one.kind:
        return f"{{{number(one)}}}" if one.default else "{}"
    if one.type in NUMBERS:
        return f" = {number(one)}"
    return f'{{"{one.default}"}}' if one.default else "{}"


def has_default(one, owner="from"):
    """The condition that the member of `owner` has its default."""
    member = f"{owner}.{member_name(one.name)}"
    if one.optional:
        if one.null_by_default:
            return f"!{member}"
        if one.type == "string" and not one.array:
            return f'{member} == "{one.default or ""}"'
        if one.struct and not one.array:
            return f"({member} && is_default(*{member}))"
        return f"({member} && {member}->empty())"
    if one.array or one.type == "bytes":
        return f"{member}.empty()"
    if one.struct:
        return f"is_default({member})"
    if one.type == "string":
        return f'{member} == "{one.default}"' if one.default else f"{member}.empty()"
    if one.type == "records":
        return f"{member}.size() == 0"
    if one.type == "uuid":
        return f"{member}.is_zero()"
    if one.type == "bool":
        return member if number(one) == "true" else f"!{member}"
    if one.kind in ENUM_KINDS:
        return f"{member} == {one.kind}{{{number(one)}}}"
    if one.kind:
        return f"{member}.value == {number(one)}"
    return f"{member} == {number(one)}"


def in_versions(versions, possible):
    """The condition that `version`, which is one of `possible`, is among `versions`; empty where it always is."""
    parts = []
    if versions.low > possible.low:
        parts.append(f"version >= {versions.low}")
    if versions.high < possible.high:
        parts.append(f"version <= {versions.high}")
    return " && ".join(parts)


def flexible_expression(flexible, possible):
    """Whether `version`, one of `possible`, is flexible."""
    shared = flexible.intersect(possible)
    if not shared:
        return "false"
    return in_versions(shared, possible) or "true"
