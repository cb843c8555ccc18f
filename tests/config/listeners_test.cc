#include "config/listeners.h"

#include "support.h"

namespace sluice {
namespace {

using Strings = std::vector<std::string>;

constexpr NodeRoles kBoth = {.broker = true, .controller = true};
constexpr NodeRoles kBroker = {.broker = true, .controller = false};
constexpr NodeRoles kController = {.broker = false, .controller = true};

Result<Listeners> listeners(std::string_view text, NodeRoles roles = kBoth) {
  return read_listeners(broker_with(text), roles, "me.example");
}

Strings texts(const std::vector<ListenerEndpoint>& endpoints) {
  Strings result;
  for (const ListenerEndpoint& endpoint : endpoints) result.push_back(endpoint.to_string());
  return result;
}

TEST(Listeners, DefaultToPlaintextOnEveryInterface) {
  const auto read = listeners("");
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(texts(read->broker), Strings{"PLAINTEXT://:9092"});
  EXPECT_EQ(texts(read->advertised_broker), Strings{"PLAINTEXT://me.example:9092"});
  EXPECT_TRUE(read->controller.empty());
  EXPECT_EQ(read->inter_broker, "PLAINTEXT");
  ASSERT_EQ(read->warnings.size(), 1u);
  EXPECT_NE(read->warnings[0].find("advertised.listeners"), std::string::npos);
}

TEST(Listeners, TakeIpv6InBrackets) {
  const auto read = listeners("listeners=PLAINTEXT://[2001:db8::1]:9092");
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(read->broker[0].host, "2001:db8::1");
  EXPECT_EQ(texts(read->broker), Strings{"PLAINTEXT://[2001:db8::1]:9092"});
  EXPECT_FALSE(listeners("listeners=PLAINTEXT://[2001:db8::1:9092"));
}

TEST(Listeners, PutNamesInCapitals) {
  const auto read = listeners("listeners=internal://h:1; listener.security.protocol.map=internal:sasl_ssl");
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(read->broker[0].listener, "INTERNAL");
  EXPECT_EQ(read->protocol("INTERNAL"), SecurityProtocol::sasl_ssl);
}

// What containers do: one listener for the network inside, one for the world.
TEST(Listeners, ServeTwoNetworks) {
  const auto read = listeners(
      "listeners=INTERNAL://0.0.0.0:29092,EXTERNAL://0.0.0.0:9092,CONTROLLER://:9093; "
      "advertised.listeners=INTERNAL://kafka:29092,EXTERNAL://localhost:9092; "
      "controller.listener.names=CONTROLLER; "
      "listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT; "
      "inter.broker.listener.name=INTERNAL");
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(texts(read->broker), (Strings{"INTERNAL://0.0.0.0:29092", "EXTERNAL://0.0.0.0:9092"}));
  EXPECT_EQ(texts(read->advertised_broker), (Strings{"INTERNAL://kafka:29092", "EXTERNAL://localhost:9092"}));
  EXPECT_EQ(texts(read->controller), Strings{"CONTROLLER://:9093"});
  EXPECT_EQ(texts(read->advertised_controller), Strings{"CONTROLLER://me.example:9093"});
  EXPECT_EQ(read->inter_broker, "INTERNAL");
}

TEST(Listeners, AdvertiseThisMachinesNameForEveryInterface) {
  const auto read = listeners("listeners=PLAINTEXT://0.0.0.0:9092");
  ASSERT_TRUE(read);
  EXPECT_EQ(texts(read->advertised_broker), Strings{"PLAINTEXT://me.example:9092"});
}

TEST(Listeners, RefuseToAdvertiseEveryInterface) {
  EXPECT_EQ(error_of(listeners("advertised.listeners=PLAINTEXT://0.0.0.0:9092")),
            "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0: give PLAINTEXT the name or "
            "address by "
            "which others reach this machine, for example PLAINTEXT://me.example:9092");
}

TEST(Listeners, TakeTheKeysFromBeforeKafka3) {
  const auto read =
      listeners("host.name=10.0.0.5; port=9095; advertised.host.name=broker.acme; advertised.port=19095");
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(texts(read->broker), Strings{"PLAINTEXT://10.0.0.5:9095"});
  EXPECT_EQ(texts(read->advertised_broker), Strings{"PLAINTEXT://broker.acme:19095"});

  const auto port = listeners("port=9095");
  ASSERT_TRUE(port);
  EXPECT_EQ(texts(port->advertised_broker), Strings{"PLAINTEXT://me.example:9095"});

  const auto both = listeners("port=9095; listeners=PLAINTEXT://h:1; advertised.host.name=x");
  ASSERT_TRUE(both);
  EXPECT_EQ(texts(both->broker), Strings{"PLAINTEXT://h:1"});
  EXPECT_EQ(texts(both->advertised_broker), Strings{"PLAINTEXT://x:1"});
  EXPECT_FALSE(listeners("port=99999"));
}

TEST(Listeners, GiveAControllerAPortIfItHasNone) {
  const auto read = listeners("", kController);
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_EQ(texts(read->controller), Strings{"CONTROLLER://:9093"});
  EXPECT_TRUE(read->broker.empty());
}

TEST(Listeners, OfABrokerNameTheControllersOneWithoutBindingIt) {
  const auto read = listeners("controller.listener.names=CONTROLLER", kBroker);
  ASSERT_TRUE(read) << error_of(read);
  EXPECT_TRUE(read->controller.empty());
  EXPECT_EQ(read->controller_names, Strings{"CONTROLLER"});
  EXPECT_EQ(read->protocol("CONTROLLER"), SecurityProtocol::plaintext);
}

// Nobody should leave a controller open because the brokers' listeners are secured by their names alone.
TEST(Listeners, DemandAControllersProtocolWhereAnythingIsSecured) {
  EXPECT_NE(error_of(listeners("listeners=SSL://h:1,CONTROLLER://h:2; controller.listener.names=CONTROLLER; "
                               "security.inter.broker.protocol=SSL"))
                .find("not found in listener.security.protocol.map"),
            std::string::npos);
}

TEST(Listeners, SayHowAnAddressMustLook) {
  const auto error = [](std::string_view text) { return error_of(listeners(text)); };
  EXPECT_EQ(
      error("listeners=localhost:9092"),
      "listeners=localhost:9092: Unable to parse localhost:9092 to a broker endpoint: it must be of the form "
      "NAME://host:port");
  EXPECT_NE(error("listeners=PLAINTEXT://h:65536").find("a number from 0 to 65535"), std::string::npos);
  EXPECT_NE(error("listeners=PLAINTEXT://h o:1").find("the host is no name or address"), std::string::npos);
  EXPECT_NE(
      error("listeners=FOO://h:1").find("name it in listener.security.protocol.map, for example FOO:PLAINTEXT"),
      std::string::npos);
  EXPECT_NE(error("listener.security.protocol.map=A").find("{listener}:{protocol}"), std::string::npos);
}

// Broker files that Kafka 4.4.0 takes give the same endpoints here, and what it refuses is refused, except for
// these.
struct Deviation {
  std::string_view settings;
  std::string_view why;
};
constexpr Deviation kDeviations[] = {
    {"listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093", "we advertise the machine's name"},
    {"listeners=PLAINTEXT://localhost:99999,CONTROLLER://localhost:9093", "there is no such port"},
    {"listeners=PLAINTEXT://localhost:-1,CONTROLLER://localhost:9093", "there is no such port"},
    {"listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
     "with one listener there is no choice"},
    {"listeners=PLAINTEXT://localhost:9092,controller://localhost:9093", "listener names have no case"},
    {"controller.quorum.voters=1@localhost:9093,1@localhost:9094", "two voters with one id are a mistake"},
    {"log.cleaner.threads=0", "Kafka divides by zero"},
};

bool deviates(const std::string& text) {
  for (const Deviation& deviation : kDeviations)
    if (text.ends_with(deviation.settings)) return true;
  if (text.find("1@localhost:9093,1@localhost:9094") != std::string::npos) return true;
  // What Kafka must be told and we need not.
  return text.find("node.id=") == std::string::npos && text.find("broker.id=") == std::string::npos;
}

bool says_too_little_for_kafka(const std::string& error) {
  return error == "Missing required configuration \"process.roles\" which has no default value." ||
         error.starts_with("If using process.roles, either controller.quorum.bootstrap.servers must");
}

std::string in_kafkas_form(const std::vector<ListenerEndpoint>& endpoints) {
  std::string text;
  for (const ListenerEndpoint& endpoint : endpoints)
    text += (text.empty() ? "" : ",") +
            fmt::format("{}://{}|{}|{}", endpoint.listener, endpoint.host, endpoint.port, name(endpoint.protocol));
  return text;
}

TEST(Listeners, AreReadAsKafkaReadsThem) {
  std::size_t checked = 0;
  for (const auto& row : read_table("tests/config/data/kafka-brokers.tsv")) {
    SCOPED_TRACE(row[0]);
    if (deviates(row[0]) || (row[1] == "error" && says_too_little_for_kafka(row[2]))) continue;
    const auto config = broker_config(row[0]);
    ++checked;
    EXPECT_EQ(config.has_value(), row[1] == "ok") << error_of(config) << (row[1] == "ok" ? "" : row[2]);
    if (!config || row[1] != "ok") continue;
    std::vector<ListenerEndpoint> bound = config->listeners.broker;
    bound.insert(bound.end(), config->listeners.controller.begin(), config->listeners.controller.end());
    EXPECT_EQ(in_kafkas_form(bound), row[2]);
    // Kafka puts its own name in later.
    std::string advertised = row[3];
    if (const std::size_t at = advertised.find("://|"); at != std::string::npos)
      advertised.insert(at + 3, "localhost");
    EXPECT_EQ(in_kafkas_form(config->listeners.advertised_broker), advertised);
    EXPECT_EQ(in_kafkas_form(config->listeners.advertised_controller), row[4]);
    EXPECT_EQ(config->listeners.inter_broker, row[5]);
  }
  EXPECT_GT(checked, 70u);
}

}  // namespace
}  // namespace sluice
