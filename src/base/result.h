// base/result.h: what can fail in normal service is a value.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

namespace sluice {

/// What went wrong, as far as some caller acts on it differently. One more is added only for such a caller.
enum class Errc {
  incomplete,           ///< The bytes end too early: read more, or take the tail as torn.
  corrupt,              ///< The bytes contradict themselves; more of them would not help.
  invalid_record,       ///< A producer's record that Kafka's rules forbid; sending it again would not help.
  invalid_timestamp,    ///< A producer's record whose time is too far from the broker's.
  unsupported_version,  ///< A version of a message or record that this program does not speak.
  unsupported_magic,    ///< A record batch of a format that this place does not take.
  unsupported_codec,    ///< A compression that this place does not take.
  too_large,            ///< Beyond a limit that a configuration or constant sets.
  invalid_argument,     ///< The caller asked for what cannot be.
  not_found,
  already_exists,
  out_of_range,         ///< An offset below the log's start or beyond its end.
  out_of_order,         ///< A producer's sequence number is not the next one.
  duplicate,            ///< A batch that is already in the log.
  producer_fenced,      ///< A newer producer with the same id has written.
  coordinator_fenced,   ///< A newer transaction coordinator has written.
  invalid_transaction,  ///< A write that does not fit its producer's transaction, or one that is not known to be
                        ///< open.
  fenced_epoch,         ///< The caller's leader epoch is behind.
  unknown_epoch,        ///< The caller's leader epoch is ahead.
  storage_offline,      ///< A disk operation failed, now or before; the log directory takes no more.
  no_space,             ///< The disk is full.
  permission_denied,
  not_leader,
  not_enough_replicas,  ///< Fewer replicas are in sync than a write of acks=all needs.
  timed_out,
  refused,  ///< The peer does not accept connections.
  closed,   ///< The connection, file or task was closed, by us or by the peer.
  io,       ///< Any other failure that the operating system reported.
};

/// An enumerator for code to act on, and a sentence for a person: what, where, what to do.
struct Error {
  Errc code;
  std::string what;
};

template <class T>
using Result = std::expected<T, Error>;

/// What a function returns to fail: `return fail(Errc::corrupt, "batch length {} is less than a header's", n);`
template <class... Args>
std::unexpected<Error> fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Passes on an error as it is.
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

/// An error number of the operating system as ours; `doing` says what was tried, on what.
Error system_error(int error_number, std::string doing);

/// The enumerator's name, for logs and tests.
const char* name(Errc code);

}  // namespace sluice
