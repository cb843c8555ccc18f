#include "net/frame_reader.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/epoll_loop.h"
#include "base/event.h"
#include "net/socket_network.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

/// Two ends of one connection over loopback.
struct Pair {
  std::unique_ptr<Connection> here;
  std::unique_ptr<Connection> there;
};

class FrameReaderTest : public testing::Test {
 protected:
  static Task<Pair> connect(SocketNetwork& network) {
    auto listener = co_await network.listen({"127.0.0.1", 0}, {});
    EXPECT_TRUE(listener);
    auto here = co_await network.dial((*listener)->local(), Loop::current().now() + 5s, {});
    EXPECT_TRUE(here) << here.error().what;
    auto accepted = co_await (*listener)->accept();
    EXPECT_TRUE(accepted);
    auto there = network.adopt(std::move(*accepted), {});
    co_return Pair{std::move(*here), std::move(*there)};
  }

  void run(Task<void> (*story)(Pair)) {
    struct Story {
      static Task<void> run(SocketNetwork& network, Task<void> (*story)(Pair)) {
        Pair pair = co_await connect(network);
        co_await story(std::move(pair));
      }
    };
    run_blocking(loop_, [&] { return Story::run(network_, story); });
  }

  ThreadPool pool_{1, "resolver"};
  SocketNetwork network_{pool_};
  EpollLoop loop_{"loop"};
};

std::string frame_of(std::string_view body) {
  std::string frame(4, '\0');
  store(std::as_writable_bytes(std::span(frame)), 0, static_cast<std::int32_t>(body.size()));
  return frame + std::string(body);
}

Task<void> send(Connection& connection, std::string text) {
  const Bytes parts[] = {as_bytes(text)};
  const auto written = co_await connection.write(parts, More::no);
  EXPECT_TRUE(written);
}

Task<void> send_in_two(Connection& connection, std::string first, std::string rest) {
  co_await send(connection, std::move(first));
  co_await send(connection, std::move(rest));
}

TEST_F(FrameReaderTest, CutsFramesHoweverTheirBytesArrive) {
  run([](Pair pair) -> Task<void> {
    ReadScratch scratch;
    MemoryBudget budget(Loop::current(), 100'000'000);
    FrameReader reader(*pair.there, scratch, budget);
    const std::string all = frame_of("first") + frame_of("") + frame_of("third");
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      co_await send(*pair.here, all.substr(0, cut));
      co_await send(*pair.here, all.substr(cut));
      for (const std::string_view expected : {"first", "", "third"}) {
        const auto frame = co_await reader.next(100);
        EXPECT_TRUE(frame);
        EXPECT_EQ(as_text(frame->bytes.bytes()), expected);
      }
    }
  });
}

TEST_F(FrameReaderTest, ReadsAFrameLargerThanAnyBuffer) {
  run([](Pair pair) -> Task<void> {
    ReadScratch scratch;
    MemoryBudget budget(Loop::current(), 100'000'000);
    FrameReader reader(*pair.there, scratch, budget);
    static std::string body(5'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 % 251);
    TaskGroup group(Loop::current());
    group.start(send(*pair.here, frame_of(body) + frame_of("next")));
    const auto frame = co_await reader.next(body.size());
    EXPECT_TRUE(frame);
    EXPECT_TRUE(as_text(frame->bytes.bytes()) == body);
    const auto next = co_await reader.next(100);
    EXPECT_EQ(as_text(next->bytes.bytes()), "next");
    co_await group.close();
  });
}

// Large frames are received with the size of what follows them, small ones many at a time: in any order, and
// wherever the stream is cut, no byte may be lost between the two.
TEST_F(FrameReaderTest, ReadsLargeAndSmallFramesBehindOneAnother) {
  run([](Pair pair) -> Task<void> {
    ReadScratch scratch;
    MemoryBudget budget(Loop::current(), 100'000'000);
    FrameReader reader(*pair.there, scratch, budget);
    std::vector<std::string> bodies;
    std::string all;
    for (const std::size_t size :
         std::initializer_list<std::size_t>{5000, 10, 4096, 20'000, 0, 3, 4095, 70'000, 66'000, 1, 8000}) {
      bodies.emplace_back(size, static_cast<char>('a' + bodies.size()));
      all += frame_of(bodies.back());
    }
    for (const std::size_t cut :
         std::initializer_list<std::size_t>{0, 2, 5003, 5004, 5006, 5014, 9118, 9121, 29'000, 100'000, 170'000}) {
      TaskGroup group(Loop::current());
      group.start(send_in_two(*pair.here, all.substr(0, cut), all.substr(cut)));
      for (const std::string& body : bodies) {
        const auto frame = co_await reader.next(100'000);
        EXPECT_TRUE(frame);
        EXPECT_TRUE(as_text(frame->bytes.bytes()) == body) << body.size() << " bytes, cut at " << cut;
      }
      co_await group.close();
    }
  });
}

// The end may be told to the loop together with the last bytes, and then never again.
TEST_F(FrameReaderTest, SeesTheEndThatCameWithTheLastFrame) {
  run([](Pair pair) -> Task<void> {
    ReadScratch scratch;
    MemoryBudget budget(Loop::current(), 100'000'000);
    FrameReader reader(*pair.there, scratch, budget);
    co_await send(*pair.here, frame_of("last"));
    pair.here->close();
    const auto last = co_await reader.next(100);
    EXPECT_EQ(as_text(last->bytes.bytes()), "last");
    const auto end = co_await reader.next(100);
    EXPECT_EQ(end.error().code, Errc::closed);
  });
}

TEST_F(FrameReaderTest, RefusesSizesBeyondTheLimitAndShowsWhatCame) {
  run([](Pair pair) -> Task<void> {
    ReadScratch scratch;
    MemoryBudget budget(Loop::current(), 100'000'000);
    FrameReader reader(*pair.there, scratch, budget);
    co_await send(*pair.here, "GET / HTTP/1.1\r\n");
    const auto frame = co_await reader.next(1000);
    EXPECT_EQ(frame.error().code, Errc::too_large);
    EXPECT_TRUE(as_text(reader.peek()).starts_with("GET "));
  });
}

TEST_F(FrameReaderTest, ClosingEndsAReadThatWaits) {
  run([](Pair pair) -> Task<void> {
    struct Story {
      static Task<void> read(Connection& connection, bool& ended) {
        ReadScratch scratch;
        MemoryBudget budget(Loop::current(), 1'000);
        FrameReader reader(connection, scratch, budget);
        const auto frame = co_await reader.next(1000);
        EXPECT_EQ(frame.error().code, Errc::closed);
        ended = true;
      }
    };
    bool ended = false;
    TaskGroup group(Loop::current());
    group.start(Story::read(*pair.there, ended));
    EXPECT_FALSE(ended);
    pair.there->close();
    co_await group.close();
    EXPECT_TRUE(ended);
  });
}

TEST_F(FrameReaderTest, SaysThatAConnectionIsRefused) {
  struct Story {
    static Task<void> run(SocketNetwork& network) {
      auto listener = co_await network.listen({"127.0.0.1", 0}, {});
      const Endpoint endpoint = (*listener)->local();
      (*listener)->close();
      const auto connection = co_await network.dial(endpoint, Loop::current().now() + 5s, {});
      EXPECT_EQ(connection.error().code, Errc::refused);
    }
  };
  run_blocking(loop_, [&] { return Story::run(network_); });
}

}  // namespace
}  // namespace sluice
