#include "client/sync.h"

#include <gtest/gtest.h>

#include "client/admin.h"

namespace sluice::client {
namespace {

ClientConfig nowhere() {
  ClientConfig config;
  config.bootstrap_servers = {{"127.0.0.1", 1}};  // Nobody listens there.
  config.default_api_timeout = milliseconds(200);
  config.request_timeout = milliseconds(100);
  return config;
}

// Calls come from a thread without a loop and return there; the client's own thread ends with it.
TEST(Sync, CallsAClientFromOutsideItsLoop) {
  ClientThread thread;
  Sync<Admin> admin(thread, nowhere());
  for (int i = 0; i < 2; ++i) {
    const auto listed = admin([](Admin& client) { return client.list_groups(); });
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, ErrorCode::request_timed_out);
  }
}

}  // namespace
}  // namespace sluice::client
