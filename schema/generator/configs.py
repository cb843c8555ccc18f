"""Makes C++ tables and the manual of the configuration keys in schema/configs/*.tsv.

  configs.py cc FILE      write the tables (at build time)
  configs.py manual FILE  write docs/configuration.md
  configs.py check ROOT   fail if ROOT/docs/configuration.md is out of date

Columns: name, type, default (null: none; (required): Kafka insists), valid, importance, mode (brokers: read-only,
per-broker, cluster-wide), synonyms, flags (internal, sensitive, undeclared), status (acts, known, no-effect),
description.
"""
import csv
import pathlib
import re
import sys

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "configs"

# Scope, its files, the table's name in C++, and its chapter in the manual.
SCOPES = [
    ("broker", ["broker", "broker-legacy"], "kBrokerConfigs", "Brokers and controllers"),
    ("topic", ["topic"], "kTopicConfigs", "Topics"),
    ("group", ["group"], "kGroupConfigs", "Groups"),
    ("quota", ["quota"], "kQuotaConfigs", "Users, clients and addresses"),
    ("client-metrics", ["client-metrics"], "kClientMetricsConfigs", "Client metrics subscriptions"),
    ("producer", ["producer"], "kProducerConfigs", "Producers"),
    ("consumer", ["consumer"], "kConsumerConfigs", "Consumers"),
    ("admin", ["admin"], "kAdminConfigs", "Admin clients and tools"),
]
TYPES = {"boolean": "boolean", "string": "string", "int": "int32", "short": "int16", "long": "int64",
         "double": "float64", "list": "list", "class": "class_name", "password": "password"}
UPDATES = {"": "read_only", "read-only": "read_only", "per-broker": "per_broker", "cluster-wide": "cluster_wide"}
STATUSES = {"acts": "acts", "known": "known", "no-effect": "no_effect"}
FLAGS = {"internal", "sensitive", "undeclared"}


def fail(message):
    sys.exit(f"configs.py: {message}")


def read(files):
    rows = []
    for name in files:
        with open(CONFIGS / f"{name}.tsv", encoding="utf-8", newline="") as table:
            rows += csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    rows.sort(key=lambda row: row["name"])
    for before, row in zip(rows, rows[1:]):
        if before["name"] == row["name"]:
            fail(f"{row['name']} stands twice in {files}")
    for row in rows:
        row["flags"] = set(filter(None, row["flags"].split(",")))
        row["synonyms"] = list(filter(None, row["synonyms"].split(",")))
        if row["type"] not in TYPES or row["mode"] not in UPDATES or row["status"] not in STATUSES:
            fail(f"{row['name']}: unknown type, mode or status")
        if not row["flags"] <= FLAGS or not row["description"]:
            fail(f"{row['name']}: unknown flags, or no description")
        if row["type"] == "password" and "sensitive" not in row["flags"]:
            fail(f"{row['name']}: a password is sensitive")
    return rows


def default_of(row):
    """The default's text, or None where there is none."""
    text = row["default"]
    if text in ("null", "(required)"):
        return None
    if row["type"] == "list":
        if not (text.startswith("[") and text.endswith("]")):
            fail(f"{row['name']}: a list's default stands in brackets")
        return text[1:-1]
    return text


def rule_of(row):
    """Kind, minimum, maximum and allowed words of the column `valid`."""
    valid = row["valid"]
    words = re.fullmatch(r"(\(case insensitive\) )?\[([^\[\]]*)\]", valid)
    bounds = re.fullmatch(r"\[([-0-9.]*?)(?:,)?\.\.\.(?:,)?([-0-9.]*)\]( or -1)?", valid)
    listed = re.fullmatch(r"distinct( non-empty)? list(?: of \[(.*)\])?", valid)
    if valid in ("", "non-null string"):
        return "any", "", "", []
    if bounds:
        return ("range_or_minus_one" if bounds.group(3) else "range"), bounds.group(1), bounds.group(2), []
    if words:
        allowed = words.group(2).split(", ")
        if allowed[-1].startswith("by_duration:"):
            return "offset_reset", "", "", allowed[:-1]
        return ("one_of_ignoring_case" if words.group(1) else "one_of"), "", "", allowed
    if listed:
        kind = "distinct_non_empty_list" if listed.group(1) else "distinct_list"
        return kind, "", "", listed.group(2).split(", ") if listed.group(2) else []
    kinds = {"non-empty string": "non_empty_string", "list of {partition}:{broker}": "replica_list",
             "list of {id}@{host}:{port}": "voter_list", "list of {host}:{port}": "server_list"}
    if valid not in kinds:
        fail(f"{row['name']}: cannot read the valid values {valid!r}")
    return kinds[valid], "", "", []


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Words:
    """Arrays of words, each written once however many keys share it."""

    def __init__(self):
        self.names = {}

    def name(self, words):
        if not words:
            return "{}"
        return self.names.setdefault(tuple(words), f"kWords{len(self.names)}")

    def code(self):
        return [f"constexpr std::string_view {name}[] = {{{', '.join(map(quoted, words))}}};"
                for words, name in self.names.items()]


def definition(row, words):
    kind, minimum, maximum, allowed = rule_of(row)
    default = default_of(row)
    fields = [
        quoted(row["name"]), f"ConfigType::{TYPES[row['type']]}",
        "std::nullopt" if default is None else quoted(default),
        f"{{ConfigRuleKind::{kind}, {quoted(minimum)}, {quoted(maximum)}, {words.name(allowed)}}}",
        quoted(row["valid"]), f"ConfigImportance::{row['importance']}", f"ConfigUpdate::{UPDATES[row['mode']]}",
        words.name(row["synonyms"])]
    fields += [str(test).lower() for test in (row["default"] == "(required)", "internal" in row["flags"],
                                              "sensitive" in row["flags"], "undeclared" in row["flags"])]
    fields += [f"ConfigStatus::{STATUSES[row['status']]}", quoted(row["description"])]
    return "    {" + ", ".join(fields) + "},"


def tables():
    words = Words()
    bodies = []
    for scope, files, table, _ in SCOPES:
        bodies.append(f"constexpr ConfigDefinition {table}Array[] = {{")
        bodies += [definition(row, words) for row in read(files)]
        bodies.append("};")
    lines = ["// Generated by schema/generator/configs.py from schema/configs/*.tsv.",
             '#include "config/detail/config_tables.h"', "", "namespace sluice::detail {", "namespace {"]
    lines += words.code() + bodies + ["}  // namespace"]
    lines += [f"constinit const std::span<const ConfigDefinition> {table}{{{table}Array}};" for _, _, table, _ in SCOPES]
    lines.append("}  // namespace sluice::detail")
    return "\n".join(lines) + "\n"


INTRODUCTION = """# Configuration

Every key that Sluice knows, with Kafka's names, defaults and ranges. This page is made from the tables in
`schema/configs/`; change those and run `python3 schema/generator/configs.py manual docs/configuration.md`.

A broker reads, each overriding what stands before it:

1. the file named on the command line: `kafka-server-start.sh server.properties`;
2. the environment: `KAFKA_LOG_RETENTION_HOURS=24` as in Apache's container image, `KAFKA_CFG_LOG_RETENTION_HOURS=24`
   as in Bitnami's (`_` stands for a dot, `__` for an underscore, `___` for a hyphen);
3. the command line: `--override log.retention.hours=24`;
4. what was set while it runs, with `kafka-configs`.

A value that is wrong stops the start; the message names the key, the value, what is allowed and where it was set. A
key that nobody knows is only warned about. A broker's security keys and connection limits can be set for a single
listener as `listener.name.{listener}.{key}`, credentials also as `listener.name.{listener}.{mechanism}.{key}`; they are
checked, and nothing acts on them yet.

*Change* says how a key can be changed while the broker runs: not at all (empty), for one broker (`per-broker`), or for
one and for all (`cluster-wide`). *State* is empty where the key does what it says; `known` means that it is checked and
nothing acts on it yet; `no effect` that files may have it and it means nothing here.
"""


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def shown_default(row):
    default = default_of(row)
    if row["default"] == "(required)":
        return "see text"
    if default is None:
        return ""
    return f"`{cell(default)}`" if default else '`""`'


def table(rows, brokers):
    head = ["Key", "Type", "Default", "Valid values"] + (["Change"] if brokers else []) + ["State", "Meaning"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        if "internal" in row["flags"]:
            continue
        cells = [f"`{row['name']}`", row["type"], shown_default(row), f"`{cell(row['valid'])}`" if row["valid"] else ""]
        if brokers:
            cells.append("" if UPDATES[row["mode"]] == "read_only" else row["mode"])
        cells.append({"acts": "", "known": "known", "no-effect": "no effect"}[row["status"]])
        cells.append(cell(row["description"]))
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""]


def manual():
    lines = [INTRODUCTION]
    for scope, files, _, title in SCOPES:
        lines += [f"## {title}", ""] + table(read(files[:1]), scope == "broker")
        for old in files[1:]:
            lines += ["### Keys of older versions of Kafka", "",
                      "Files that have them are taken; what they say now stands beside each.", ""]
            lines += table(read([old]), False)
    return "\n".join(lines)


def check(root):
    if (root / "docs/configuration.md").read_text(encoding="utf-8") != manual():
        fail("docs/configuration.md is out of date: python3 schema/generator/configs.py manual docs/configuration.md")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("cc", "manual", "check"):
        sys.exit(__doc__)
    command, target = sys.argv[1], pathlib.Path(sys.argv[2])
    if command == "check":
        check(target)
    else:
        target.write_text(tables() if command == "cc" else manual(), encoding="utf-8")


main()
