// What an exchange of `sluice bench` says, taken apart, and answers for it.
#pragma once

#include <gtest/gtest.h>

#include "base/buffer.h"
#include "tools/bench/raw_run.h"
#include "wire/frame.h"

namespace sluice::tools::bench {

/// The next request of an exchange, read as a server would.
template <class Request>
class Said {
 public:
  explicit Said(Exchange& exchange, Time intended = {}) {
    const PreparedRequest& request = exchange.next(intended);
    bytes_.append(request.prefix(0));
    for (const Bytes part : request.parts()) bytes_.append(part);
    const auto opened = wire::open_request(bytes_.bytes().subspan(4));
    EXPECT_TRUE(opened.has_value());
    EXPECT_EQ(opened->header.request_api_key, Request::kApiKey);
    version_ = opened->header.request_api_version;
    auto decoded = wire::decode<Request>(opened->body, version_);
    EXPECT_TRUE(decoded.has_value());
    request_ = std::move(*decoded);
  }
  const Request& operator*() const { return request_; }
  const Request* operator->() const { return &request_; }
  std::int16_t version() const { return version_; }

 private:
  Buffer bytes_;
  Request request_;
  std::int16_t version_ = 0;
};

template <class Response>
Result<Work> answer(Exchange& exchange, const Response& response, std::int16_t version, Time now = {}) {
  const auto frame = wire::encode_response(response, version, 0);
  EXPECT_TRUE(frame.has_value());
  return exchange.take(frame->bytes.bytes().subspan(4), now);
}

}  // namespace sluice::tools::bench
