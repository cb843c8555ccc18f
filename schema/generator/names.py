"""Kafka's names in the spelling of C++ and of JSON."""
import re

KEYWORDS = frozenset("""
    alignas alignof and asm auto bool break case catch char class const constexpr continue default delete do double
    else enum explicit export extern false float for friend goto if inline int long mutable namespace new not
    operator or private protected public register return short signed sizeof static struct switch template this
    throw true try typedef typename union unsigned using virtual void volatile while xor""".split())


def snake_case(name):
    """`KRaftVersion` is kraft_version, `TopicIDs` topic_ids, `IsrNodes` isr_nodes."""
    name = name.replace("KRaft", "Kraft").replace("IDs", "Ids").replace("2Pc", "_2pc")
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    name = re.sub(r"([A-Z])([A-Z][a-z])", r"\1_\2", name)
    return name.lower()


def member_name(name):
    """The C++ member that holds field `name`."""
    snake = snake_case(name)
    return snake + "_" if snake in KEYWORDS else snake


def json_name(name):
    """The spelling of Kafka's own JSON."""
    return name[0].lower() + name[1:]
