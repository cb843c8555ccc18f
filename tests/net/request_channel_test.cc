#include "net/request_channel.h"

#include <gtest/gtest.h>

#include "simulation/sim_network.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using sim::SimLoop;
using sim::SimNetwork;

constexpr std::size_t kHeaderSize = 12;  // Size, API key, version, correlation id.

OutgoingRequest request_of(std::string_view body) {
  OutgoingRequest request{.written = Buffer(kHeaderSize), .inserts = {}};
  for (std::byte& byte : request.written.bytes()) byte = std::byte{0};
  request.written.append(as_bytes(body));
  return request;
}

/// What a peer sees of a request, and sends back.
struct Received {
  std::int32_t correlation_id = 0;
  std::string body;
};

class RequestChannelTest : public testing::Test {
 protected:
  ~RequestChannelTest() override {
    if (channel_) loop_.run(channel_->close());
  }

  void connect(RequestChannelLimits limits = {}) { loop_.run(connect_ends(limits)); }

  Task<void> connect_ends(RequestChannelLimits limits) {
    auto listener = co_await network_.listen({"peer", 9092}, {});
    auto here = co_await network_.dial({"peer", 9092}, SteadyTime::max(), {});
    auto accepted = co_await (*listener)->accept();
    peer_ = std::move(*network_.adopt(std::move(*accepted), {}));
    reader_.emplace(*peer_, scratch_, budget_);
    channel_ = std::make_unique<RequestChannel>(loop_, std::move(*here), limits, scratch_, budget_);
  }

  Task<Received> receive() {
    const Result<Frame> frame = co_await reader_->next(1'000'000);
    EXPECT_TRUE(frame);
    const Bytes bytes = frame->bytes.bytes();
    co_return Received{load<std::int32_t>(bytes, 4), std::string(as_text(bytes.subspan(8)))};
  }

  Task<void> respond(std::int32_t correlation_id, std::string body) {
    Buffer frame(8);
    store(frame.bytes(), 0, static_cast<std::int32_t>(4 + body.size()));
    store(frame.bytes(), 4, correlation_id);
    frame.append(as_bytes(body));
    const Bytes parts[] = {frame.bytes()};
    const auto written = co_await peer_->write(parts, More::no);
    EXPECT_TRUE(written);
  }

  /// Calls in the background; the result is there when the call has ended.
  std::shared_ptr<std::optional<Result<Frame>>> start_call(std::string_view body, SteadyTime deadline) {
    auto result = std::make_shared<std::optional<Result<Frame>>>();
    calls_.start(keep(channel_->call(request_of(body), deadline), result));
    loop_.run_until_idle();
    return result;
  }
  static Task<void> keep(Task<Result<Frame>> call, std::shared_ptr<std::optional<Result<Frame>>> result) {
    result->emplace(co_await std::move(call));
  }
  static std::string body_of(const std::optional<Result<Frame>>& result) {
    EXPECT_TRUE(result && *result);
    return result && *result ? std::string(as_text((*result)->bytes.bytes().subspan(4))) : "";
  }

  SteadyTime in(std::chrono::nanoseconds time) { return loop_.now() + time; }

  SimLoop loop_;
  SimNetwork network_{loop_};
  ReadScratch scratch_;
  MemoryBudget budget_{loop_, 1'000'000'000};
  TaskGroup calls_{loop_};
  std::unique_ptr<Connection> peer_;
  std::optional<FrameReader> reader_;
  std::unique_ptr<RequestChannel> channel_;
};

// Many requests leave before the first answer comes; each gets its own.
TEST_F(RequestChannelTest, MatchesAnswersInTheOrderOfRequests) {
  connect();
  const auto first = start_call("first", in(1s));
  const auto second = start_call("second", in(1s));
  const Received a = loop_.run(receive());
  const Received b = loop_.run(receive());
  EXPECT_EQ(a.body, "first");
  EXPECT_EQ(b.body, "second");
  EXPECT_NE(a.correlation_id, b.correlation_id);
  loop_.run(respond(a.correlation_id, "one"));
  loop_.run(respond(b.correlation_id, "two"));
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*first), "one");
  EXPECT_EQ(body_of(*second), "two");
}

// Inserted bytes are sent from where they lie, in their place, and counted in the frame's size.
TEST_F(RequestChannelTest, SendsInsertedBytesInTheirPlace) {
  connect();
  OutgoingRequest request = request_of("<>");
  const auto owner = std::make_shared<std::string>("records");
  request.inserts.push_back({kHeaderSize + 1, as_bytes(*owner), owner});
  auto result = std::make_shared<std::optional<Result<Frame>>>();
  calls_.start(keep(channel_->call(std::move(request), in(1s)), result));
  const Received received = loop_.run(receive());
  EXPECT_EQ(received.body, "<records>");
  loop_.run(respond(received.correlation_id, ""));
  loop_.run_until_idle();
  EXPECT_EQ(owner.use_count(), 1) << "kept after its request was answered";
}

// A call gives up at its deadline. The answer that comes late is dropped and does not go to the next caller.
TEST_F(RequestChannelTest, DropsAnAnswerThatComesTooLate) {
  connect();
  const auto late = start_call("late", in(1s));
  const Received received = loop_.run(receive());
  loop_.advance(1s);
  ASSERT_TRUE(*late);
  EXPECT_EQ((**late).error().code, Errc::timed_out);
  EXPECT_FALSE(channel_->ended());

  const auto next = start_call("next", in(1s));
  loop_.run(respond(received.correlation_id, "for late"));
  const Received second = loop_.run(receive());
  loop_.run(respond(second.correlation_id, "for next"));
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*next), "for next");
}

// A request that has to wait for its turn and gives up is not sent at all.
TEST_F(RequestChannelTest, HoldsBackWhatIsTooMuchInFlight) {
  connect({.in_flight_max = 1});
  const auto first = start_call("first", in(10s));
  const auto second = start_call("second", in(1s));
  const auto third = start_call("third", in(10s));
  const Received received = loop_.run(receive());
  loop_.advance(1s);
  EXPECT_EQ((**second).error().code, Errc::timed_out);
  loop_.run(respond(received.correlation_id, "one"));
  EXPECT_EQ(loop_.run(receive()).body, "third");
  EXPECT_EQ(channel_->in_flight(), 1U);
}

TEST_F(RequestChannelTest, FailsAllWaitersWhenTheConnectionEnds) {
  connect({.in_flight_max = 1});
  bool told = false;
  channel_->on_end([&] { told = true; });
  const auto sent = start_call("sent", in(10s));
  const auto queued = start_call("queued", in(10s));
  peer_->close();
  loop_.run_until_idle();
  ASSERT_TRUE(*sent && *queued);
  EXPECT_EQ((**sent).error().code, Errc::closed);
  EXPECT_EQ((**queued).error().code, Errc::closed);
  EXPECT_TRUE(told);
  const auto after = start_call("after", in(10s));
  EXPECT_EQ((**after).error().code, Errc::closed);
}

// Behind an answer that belongs to no request nothing can be trusted.
TEST_F(RequestChannelTest, ClosesOnAnAnswerToNothing) {
  connect();
  const auto call = start_call("asked", in(10s));
  const Received received = loop_.run(receive());
  loop_.run(respond(received.correlation_id + 1, "of another"));
  loop_.run_until_idle();
  ASSERT_TRUE(*call);
  EXPECT_EQ((**call).error().code, Errc::corrupt);
  EXPECT_EQ(channel_->ended()->code, Errc::corrupt);
}

// acks=0: done when it is written, and the next answer belongs to the request behind it.
TEST_F(RequestChannelTest, SendsWithoutAwaitingAnAnswer) {
  connect();
  const Result<void> sent = loop_.run(channel_->send(request_of("no answer"), in(1s)));
  EXPECT_TRUE(sent);
  const auto call = start_call("asked", in(1s));
  EXPECT_EQ(loop_.run(receive()).body, "no answer");
  const Received received = loop_.run(receive());
  loop_.run(respond(received.correlation_id, "answer"));
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*call), "answer");
}

}  // namespace
}  // namespace sluice
