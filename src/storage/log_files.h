// storage/log_files.h: how the files of a log are called: twenty digits of the offset that the file begins at, and
// what it holds. Suffixes of work in progress come behind that: a crash must be able to tell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/ids.h"

namespace sluice::log_file {

inline constexpr std::string_view kLog = ".log";
inline constexpr std::string_view kOffsetIndex = ".index";
inline constexpr std::string_view kTimeIndex = ".timeindex";
inline constexpr std::string_view kTransactionIndex = ".txnindex";
inline constexpr std::string_view kProducerSnapshot = ".snapshot";

inline constexpr std::string_view kDeleted = ".deleted";  ///< To be removed; whoever still reads it may go on.
inline constexpr std::string_view kCleaned = ".cleaned";  ///< Compaction is still writing it.
inline constexpr std::string_view kSwap = ".swap";  ///< Whole; about to take the place of what it was made from.

/// "00000000000000000042.log" in `directory`.
std::string path(std::string_view directory, Offset base, std::string_view suffix);

/// What a file's name says; none for names that are not of this form.
struct Name {
  Offset base;
  std::string_view suffix;  ///< All behind the digits, a part of the name that was given.
};
std::optional<Name> parse(std::string_view file_name);

}  // namespace sluice::log_file
