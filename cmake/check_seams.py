"""Fails where code beneath the program reaches the world by another way than the seams of base/ and net/.

Clock, chance, files, network and threads come from Loop, Disk, Network and ThreadPool, which the simulator replaces;
whoever goes around them makes a run that its seed does not repeat. Also finds loops over unordered containers, whose
order is nobody's promise: sort what comes out, and say so in the line ("// Order: ..."), or use std::map.

Usage: check_seams.py [--source src]; check_seams.py --self-test
"""
import argparse
import pathlib
import re
import sys

# Those who start programs may do as they like: they stand above the seams.
ABOVE = {"program", "tools"}
# What implements the seams, and what is run by developers only.
EXCEPTIONS = {
    "base/epoll_loop.cc": "the production loop",
    "base/epoll_loop.h": "the production loop",
    "base/assert.cc": "the last words of a program",
    "base/event.cc": "the last words of a program",
    "base/posix_disk.cc": "the production disk",
    "base/posix_file.cc": "the production disk",
    "base/thread_pool.cc": "the production threads",
    "base/thread_pool.h": "the production threads",
    "net/detail/socket.cc": "the production network",
    "net/detail/socket.h": "the production network",
    "net/detail/socket_connection.cc": "the production network",
    "net/socket_network.cc": "the production network",
    "wire/check_wire.cc": "reads test vectors for developers",
}

CLOCK = "ask Loop::now() or Loop::wall_now()"
CHANCE = "ask Loop::random()"
FILES = "use Disk and File of base/disk.h"
THREADS = "post to a Loop, or cross with on() of base/crossing.h"
SOCKETS = "use Network of net/network.h"

FORBIDDEN = [(re.compile(pattern), instead) for pattern, instead in [
    (r"\b(system|steady|high_resolution|utc|file)_clock::now\b", CLOCK),
    (r"\b(clock_gettime|gettimeofday|timespec_get)\s*\(", CLOCK),
    (r"(::|\bstd::)time\s*\(", CLOCK),
    (r"\b(localtime|localtime_r|mktime)\s*\(", CLOCK),
    (r"#\s*include\s*<(random)>", CHANCE),
    (r"\b(random_device|mt19937(_64)?|getrandom|arc4random\w*|RAND_bytes)\b", CHANCE),
    (r"(::|\bstd::|(?<![\w.>:]))s?rand\s*\(", CHANCE),
    (r"#\s*include\s*<(fstream|filesystem|fcntl\.h|sys/stat\.h|sys/file\.h|sys/statvfs\.h|dirent\.h)>", FILES),
    (r"\b([io]?fstream|fopen|opendir)\b", FILES),
    (r"(?<![\w>])::(open|openat|creat|unlink|rename|mkdir|fsync|fdatasync|pread|pwrite|ftruncate)\s*\(", FILES),
    (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|pthread\.h)>", THREADS),
    (r"\bstd::(thread|jthread|mutex|shared_mutex|condition_variable|async)\b", THREADS),
    (r"\b(sleep_for|sleep_until_time|usleep|nanosleep)\s*\(", "wait for an Event, or sleep in a TaskGroup"),
    (r"#\s*include\s*<(sys/socket\.h|netinet/\w+\.h|netdb\.h|sys/epoll\.h|boost/asio[/\w.]*)>", SOCKETS),
    (r"\b(getenv|secure_getenv)\s*\(", "take it as an argument: main reads the environment"),
]]

UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)<.*>\s+(\w+)\s*[;={]")
LOOP = re.compile(r"\bfor\s*\((?:[^;]*:\s*|\s*auto \w+ = )(\w+)(?:\s*\)|\.begin\(\);)")
ORDERED = re.compile(r"//.*\bOrder:")


def without_comment_or_text(line):
    """What of a line is code: no comment behind it, no words between quotation marks."""
    line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    return line.split("//")[0]


def complaints(name, lines, unordered):
    for number, line in enumerate(lines, 1):
        code = line if line.lstrip().startswith("#") else without_comment_or_text(line)
        for pattern, instead in FORBIDDEN:
            if pattern.search(code):
                yield f"{name}:{number}: {line.strip()}\n    goes around the seams: {instead}"
        loop = LOOP.search(code)
        before = lines[number - 2] if number > 1 else ""
        if loop and loop.group(1) in unordered and not ORDERED.search(line) and not ORDERED.search(before):
            yield (f"{name}:{number}: {line.strip()}\n    goes through an unordered container: sort what comes out and "
                   "say so (// Order: ...), or use std::map")


def check(source):
    found = []
    for folder in sorted(entry for entry in source.iterdir() if entry.is_dir() and entry.name not in ABOVE):
        files = {path: path.read_text(encoding="utf-8").splitlines()
                 for path in sorted([*folder.rglob("*.h"), *folder.rglob("*.cc")])}
        # A member is declared in one file and looped over in another.
        unordered = {path.stem: {match.group(1) for line in lines for match in [UNORDERED.search(line)] if match}
                     for path, lines in files.items() if path.suffix == ".h"}
        for path, lines in files.items():
            name = path.relative_to(source).as_posix()
            if name in EXCEPTIONS:
                continue
            own = {match.group(1) for line in lines for match in [UNORDERED.search(line)] if match}
            found += complaints("src/" + name, lines, own | unordered.get(path.stem, set()))
    found += [f"cmake/check_seams.py: {name} is excepted and does not exist"
              for name in EXCEPTIONS if not (source / name).exists()]
    return found


def self_test():
    """Each rule must find what it is for, and leave alone what only looks like it."""
    bad = ["auto t = std::chrono::steady_clock::now();", "#include <random>", "std::ifstream in(path);",
           "std::thread worker;", "int f = ::open(path, 0);", "getenv(\"HOME\");", "for (auto& [k, v] : by_key_) use(k);",
           "for (auto next = by_key_.begin(); next != by_key_.end(); ++next)", "#include <sys/socket.h>", "std::this_thread::sleep_for(1s);", "int r = rand();"]
    good = ["Task<Result<void>> Log::open(Loop& loop);", "co_await Log::open(loop);", "// steady_clock::now() is not asked",
            "fail(\"getenv(x) is no way\");", "for (auto& [k, v] : sorted_) use(k);",
            "for (auto& [k, v] : other.by_key_) use(k);", "WallTime time(int at);",
            "for (auto& [k, v] : by_key_) all.push_back(k);  // Order: sorted below."]
    for line in bad:
        assert list(complaints("bad", [line], {"by_key_"})), line
    for line in good:
        assert not list(complaints("good", [line], {"by_key_"})), line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "src")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return
    found = check(arguments.source)
    for complaint in found:
        print(complaint, file=sys.stderr)
    sys.exit(1 if found else 0)


main()
