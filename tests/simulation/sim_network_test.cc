#include "simulation/sim_network.h"

#include <gtest/gtest.h>

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

struct Ends {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Connection> here;
  std::unique_ptr<Connection> there;
};

Task<Ends> connect(SimNetwork& network) {
  auto listener = co_await network.listen({"sim", 9092}, {});
  auto here = co_await network.dial({"sim", 9092}, SteadyTime::max(), {});
  auto accepted = co_await (*listener)->accept();
  auto there = network.adopt(std::move(*accepted), {});
  co_return Ends{std::move(*listener), std::move(*here), std::move(*there)};
}

Task<void> send(Connection& connection, std::string_view text) {
  const Bytes parts[] = {as_bytes(text)};
  const auto written = co_await connection.write(parts, More::no);
  EXPECT_TRUE(written);
}

Task<std::string> receive(Connection& connection, std::size_t size) {
  std::string all;
  while (all.size() < size) {
    std::string some(size - all.size(), '\0');
    const auto got = co_await connection.read(std::as_writable_bytes(std::span(some)));
    if (!got || *got == 0) break;
    all += some.substr(0, *got);
  }
  co_return all;
}

TEST(SimNetwork, DeliversInOrderAfterADelay) {
  SimLoop loop(7);
  SimNetwork network(loop);
  network.set_latency(10ms);
  Ends ends = loop.run(connect(network));
  const SteadyTime before = loop.now();
  for (int i = 0; i < 50; ++i) loop.run(send(*ends.here, std::to_string(i) + " "));
  std::string expected;
  for (int i = 0; i < 50; ++i) expected += std::to_string(i) + " ";
  EXPECT_EQ(loop.run(receive(*ends.there, expected.size())), expected);
  EXPECT_GT(loop.now(), before);
}

TEST(SimNetwork, ABrokenConnectionFailsBothEnds) {
  SimLoop loop;
  SimNetwork network(loop);
  Ends ends = loop.run(connect(network));
  network.break_connections();
  EXPECT_EQ(loop.run(receive(*ends.there, 1)), "");
  EXPECT_EQ(loop.run(receive(*ends.here, 1)), "");
}

TEST(SimNetwork, WhatWasSentBeforeTheEndStillArrives) {
  SimLoop loop;
  SimNetwork network(loop);
  Ends ends = loop.run(connect(network));
  loop.run(send(*ends.here, "last words"));
  ends.here->close();
  EXPECT_EQ(loop.run(receive(*ends.there, 100)), "last words");
}

}  // namespace
}  // namespace sluice::sim
