"""Emits the source of one table: how its messages are read, measured and written."""
import re

from cpp import flexible_expression, function, has_default, in_versions
from model import ENUM_KINDS, SIZED, size_min
from names import member_name

WIDTH = 115

PREAMBLE = """// Made from schema/{table} by schema/generator; do not edit.
#include "wire/{path}.h"

#include <utility>

#include "wire/detail/codec.h"

namespace sluice::wire {{
namespace {{

using detail::read_array;
using detail::read_nullable_array;
using detail::read_nullable_struct;
using detail::read_struct;
"""


def emit_source(table):
    parts = [PREAMBLE.format(path=table.path, table=table.source)]
    for message in table.messages:
        parts += [StructEmitter(message, struct).emit() for struct in [*message.structs, message.body]]
    parts.append("}  // namespace\n")
    parts += [emit_functions(message) for message in table.messages]
    parts.append("}  // namespace sluice::wire\n")
    return "\n".join(parts)


def emit_functions(message):
    return f"""\
Result<{message.name}> {message.name}::decode(Reader& in, std::int16_t message_version) {{
  Result<{message.name}> message;
  in.begin(kName, message_version, kVersions);
  read(in, *message, message_version);
  if (in.failed()) return in.failure();
  return message;
}}

Result<EncodedSize> {message.name}::encoded_size(std::int16_t message_version) const {{
  Sizer out(kName, message_version, kVersions);
  put(out, *this, message_version);
  return out.result();
}}

void {message.name}::encode(Writer& out, std::int16_t message_version) const {{ put(out, *this, message_version); }}
"""


def indent(lines, by="  "):
    return [by + line for line in lines]


def wrap(line):
    """Breaks a line that is too long behind a comma or an operator, and goes on further in."""
    if len(line) <= WIDTH:
        return line
    end = max(line.rfind(mark, 0, WIDTH) + len(mark) - 1 for mark in (", ", " && ", " + ", " : "))
    depth = len(line) - len(line.lstrip())
    return line[:end] + "\n" + wrap(" " * (depth + 4) + line[end:].lstrip())


def guarded(condition, lines, otherwise=()):
    """`lines` under `condition`, which may be empty; `otherwise` else."""
    if not condition:
        return list(lines)
    if len(lines) == 1 and len(otherwise) <= 1 and not lines[0].startswith(("if", "for")):
        guarded_lines = [f"if ({condition}) {lines[0]}"]
        return guarded_lines + [f"else {line}" for line in otherwise]
    result = [f"if ({condition}) {{", *indent(lines), "}"]
    if otherwise:
        result[-1] = "} else {"
        result += [*indent(otherwise), "}"]
    return result


def mentions(lines, name):
    """Whether the code, beside the names of fields in it, uses `name`."""
    return any(re.search(rf"(?<![.\w]){name}\b", re.sub(r'"[^"]*"', "", line)) for line in lines)


class StructEmitter:
    """The functions of one struct."""

    def __init__(self, message, struct):
        self.message = message
        self.struct = struct
        self.type = message.name if struct is message.body else f"{message.name}::{struct.name}"
        self.untagged = [one for one in struct.fields if one.tag is None]
        self.flexible = flexible_expression(message.flexible, struct.versions)

    def emit(self):
        parts = [self.emit_read(), self.emit_put()]
        if self.struct.needs_default_check:
            parts.insert(0, self.emit_is_default())
        return "\n".join(parts)

    def function(self, head, body):
        return "\n".join([f"{head} {{", *(wrap(line) for line in indent(body)), "}"]) + "\n"

    def emit_is_default(self):
        conditions = [has_default(one) for one in self.struct.fields]
        return self.function(f"bool is_default(const {self.type}& from)", [f"return {' && '.join(conditions)};"])

    # How `flexible` reaches the calls: a local constant, named where it depends on the version or says something.
    def flexible_local(self, body):
        if not mentions(body, "flexible"):
            return []
        kind = "constexpr" if self.flexible in ("true", "false") else "const"
        return [f"{kind} bool flexible = {self.flexible};"]

    def flexible_of(self, one):
        if one.flexible is None:
            return "flexible"
        return flexible_expression(one.flexible, self.struct.versions)

    def nullable_argument(self, one):
        """Whether the field may be null: nothing where it always may."""
        if not one.optional:
            return ""
        return in_versions(one.nullable, one.versions.intersect(self.struct.versions))

    # Reading.

    def emit_read(self):
        body = []
        for one in self.untagged:
            body += guarded(in_versions(one.versions, self.struct.versions), self.read_field(one))
        if self.message.ever_flexible:
            body += self.read_tags()
        body = self.flexible_local(body) + body
        needs_version = mentions(body, "version")
        head = (f"void read({'' if body else '[[maybe_unused]] '}Reader& in, "
                f"{'' if body else '[[maybe_unused]] '}{self.type}& to, "
                f"{'' if needs_version else '[[maybe_unused]] '}std::int16_t version)")
        return self.function(head, body)

    def read_field(self, one):
        to = f"to.{member_name(one.name)}"
        flexible = self.flexible_of(one)
        nullable = self.nullable_argument(one)
        last = f", {nullable}" if nullable else ""
        if one.struct and one.array:
            least = self.least_size(one)
            if one.optional:
                return [f'read_nullable_array(in, "{one.name}", {to}, {nullable or "true"}, {flexible}, {least}, '
                        f"version, read);"]
            return [f'read_array(in, "{one.name}", {to}, {flexible}, {least}, version, read);']
        if one.struct:
            if one.optional:
                if one.tagged_optional_struct:
                    return [f'if (in.varint("{one.name}") == 0)', f"  {to}.reset();", "else",
                            f'  read_struct(in, "{one.name}", {to}.emplace(), version, read);']
                return [f'read_nullable_struct(in, "{one.name}", {to}, {nullable or "true"}, version, read);']
            return [f'read_struct(in, "{one.name}", {to}, version, read);']
        if one.array:
            if one.optional:
                return [f'in.nullable_array("{one.name}", {to}, {flexible}{last});']
            return [f'in.array("{one.name}", {to}, {flexible});']
        if one.type in SIZED:
            if one.optional:
                return [f'{to} = in.nullable_{one.type}("{one.name}", {flexible}{last});']
            return [f'{to} = in.{one.type}("{one.name}", {flexible});']
        read = f'in.{function(one)}("{one.name}")'
        return [f"{to} = {one.kind}{{{read}}};" if one.kind else f"{to} = {read};"]

    def least_size(self, one):
        """The least bytes of an element, as an expression in `version`."""
        versions = one.versions.intersect(self.struct.versions)
        sizes = []
        for version in versions:
            size = size_min(one.struct, version, self.message.flexible)
            if not sizes or sizes[-1][1] != size:
                sizes.append((version, size))
        expression = str(sizes[0][1])
        for version, size in sizes[1:]:
            expression = f"version >= {version} ? {size} : {expression}"
        return expression

    def read_tags(self):
        tagged = self.struct.tagged_fields
        flexible = "flexible" if self.flexible != "true" else ""
        if not tagged:
            return guarded(flexible, ["read_tags(in, to.unknown_tags);"])
        cases = []
        for one in tagged:
            cases.append(f"case {one.tag}:")
            condition = in_versions(one.tagged, self.tag_versions())
            otherwise = ["tags.skip();"] if condition else ()
            cases += indent(guarded(condition, self.read_field(one), otherwise))
            cases.append("  break;")
        cases += ["default: tags.skip();"]
        loop = [f"for (TagReader tags(in, {tagged[-1].tag + 1}, to.unknown_tags); tags.next();) {{",
                "  switch (tags.tag()) {", *indent(cases, "    "), "  }", "}"]
        return ["if (!flexible) return;", *loop] if flexible else loop

    def tag_versions(self):
        return self.struct.versions.intersect(self.message.flexible)

    # Measuring and writing.

    def emit_put(self):
        body = []
        for one in self.untagged:
            condition = in_versions(one.versions, self.struct.versions)
            otherwise = [self.absent(one)] if condition and not one.ignorable else ()
            body += guarded(condition, self.put_field(one), otherwise)
        for one in self.struct.tagged_fields:
            if in_versions(one.tagged, self.struct.versions) and not one.ignorable:
                outside = self.outside(one.tagged)
                body.append(f"if ({outside}) {self.absent(one)}")
        if self.message.ever_flexible:
            body += self.put_tags()
        body = self.flexible_local(body) + body
        needs_version = mentions(body, "version")
        head = (f"template <class Out>\nvoid put({'' if body else '[[maybe_unused]] '}Out& out, "
                f"{'' if body else '[[maybe_unused]] '}const {self.type}& from, "
                f"{'' if needs_version else '[[maybe_unused]] '}std::int16_t version)")
        return self.function(head, body)

    def outside(self, versions):
        possible = self.struct.versions
        parts = []
        if versions.low > possible.low:
            parts.append(f"version < {versions.low}")
        if versions.high < possible.high:
            parts.append(f"version > {versions.high}")
        return " || ".join(parts)

    def absent(self, one):
        name = one.name if self.struct is self.message.body else f"{self.struct.name}.{one.name}"
        return f'out.absent("{name}", {has_default(one)});'

    def put_field(self, one, out="out", flexible=None):
        member = f"from.{member_name(one.name)}"
        flexible = flexible or self.flexible_of(one)
        nullable = self.nullable_argument(one)
        last = f", {nullable}" if nullable else ""
        if one.struct and one.array:
            prefix = "nullable_" if one.optional else ""
            return [f'for (const auto& element : {out}.{prefix}elements("{one.name}", {member}, {flexible}{last}))',
                    f"  put({out}, element, version);"]
        if one.struct:
            if one.optional:
                presence = (f"{out}.boolean({member}.has_value());" if one.tagged_optional_struct
                            else f'{out}.presence("{one.name}", {member}.has_value(){last});')
                return [presence,
                        f"if ({member}) put({out}, *{member}, version);"]
            return [f"put({out}, {member}, version);"]
        if one.array or one.type in SIZED:
            prefix = "nullable_" if one.optional else ""
            name = "array" if one.array else one.type
            return [f'{out}.{prefix}{name}("{one.name}", {member}, {flexible}{last});']
        if one.kind in ENUM_KINDS:
            member = f"std::to_underlying({member})"
        elif one.kind:
            member += ".value"
        return [f"{out}.{function(one)}({member});"]

    def put_tags(self):
        tagged = self.struct.tagged_fields
        flexible = "flexible" if self.flexible != "true" else ""
        if not tagged:
            return guarded(flexible, ["out.tags(from.unknown_tags);"])
        body = []
        for one in tagged:
            condition = in_versions(one.tagged, self.tag_versions())
            present = self.is_set(one)
            body.append(f"const bool has_{member_name(one.name)} = "
                        + (f"{condition} && {present};" if condition else f"{present};"))
        terms = " + ".join(f"has_{member_name(one.name)}" for one in tagged)
        body.append(f"out.tag_count({terms}, from.unknown_tags);")
        for one in tagged:
            body.append(f"if (has_{member_name(one.name)})")
            lines = self.put_field(one, "content")
            if len(lines) == 1:
                body.append(f"  out.tag({one.tag}, [&](auto& content) {{ {lines[0]} }});")
            else:
                body += [f"  out.tag({one.tag}, [&](auto& content) {{", *indent(lines, "    "), "  });"]
        body.append("out.unknown(from.unknown_tags);")
        return ["if (!flexible) return;", *body] if flexible else body

    def is_set(self, one):
        condition = has_default(one)
        if condition.startswith("!"):
            member = condition[1:]
            return f"{member}.has_value()" if one.optional else member
        if " == " in condition and " && " not in condition:
            return condition.replace(" == ", " != ")
        return f"!{condition}"
