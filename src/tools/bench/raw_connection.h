// tools/bench/raw_connection.h: a socket that sends prepared requests and cuts what comes back into frames.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/buffer.h"
#include "base/result.h"
#include "net/network.h"
#include "tools/bench/prepared.h"

namespace sluice::tools::bench {

/// A non-blocking connection. Sends one request at a time.
class RawConnection {
 public:
  /// Connects, blocking the caller. Errors: refused, not_found, io.
  static Result<std::unique_ptr<RawConnection>> open(const Endpoint& endpoint);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  int descriptor() const { return descriptor_; }

  /// Whether a request is on its way into the socket, so that `send` has to wait.
  bool sending() const { return left_ > 0; }
  /// Sends what the socket takes; the rest goes with continue_sending(). `request` stays until then.
  /// Errors: closed, io.
  Result<void> send(const PreparedRequest& request, std::int32_t correlation_id);
  Result<void> continue_sending();

  /// Takes in what has come and calls `take` for each whole frame, without its size; what it is given may be gone
  /// after that. Errors: closed (the server has ended the connection), io, corrupt, those of `take`.
  Result<void> receive(const std::function<Result<void>(Bytes frame)>& take);

 private:
  explicit RawConnection(int descriptor) : descriptor_(descriptor) {}
  Result<bool> read_some();
  Result<void> cut(const std::function<Result<void>(Bytes frame)>& take);

  int descriptor_;
  PreparedRequest::Prefix prefix_{};
  std::span<const Bytes> parts_;  ///< Of the request that is being sent, behind the prefix.
  std::size_t sent_ = 0;
  std::size_t left_ = 0;
  Buffer room_;
  std::size_t begin_ = 0;  ///< What has come and is not cut yet stands in room_ from here
  std::size_t end_ = 0;    ///< to here.
};

/// Lets this process have as many connections as it may.
void raise_descriptor_limit();

}  // namespace sluice::tools::bench
