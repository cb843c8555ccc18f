// Asks Apache Kafka's own classes how they take configuration values; prints the tables that the tests read.
// Usage: java -cp 'KAFKA/lib/*' KafkaConfigProbe.java values|topics|groups|brokers < cases
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.common.ListenerEndpoint;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;

public class KafkaConfigProbe {
  static final String[] NUMBERS = {"", "0", "-1", "-2", "-3", "1", "2", "5", "11", "0.5", "1e3", "1048575", "1048576", " 7 ", "+8",
      "2147483647", "2147483648", "9223372036854775808", "32768", "abc", "1d", "0x10", "123456789.5", "0.0001", "-0"};
  static final String[] BOOLEANS = {"", "0", "1", "true", "TRUE", " False ", "yes"};
  static final String[] TEXTS = {"", " a , b ", "a,,b", "a,a", "0", "1", "abc", "producer", "gzip", "GZIP", "CreateTime", "delete",
      "compact,delete", "delete, compact", "delete,delete", "a,b", "0:1,1:2", "*", "none", "PLAINTEXT", "plaintext", "classic",
      "earliest", "by_duration:PT1H", "by_duration:1H", "read_committed", "RS256", "rs256", "zstd", "1@host:9093", "host:9093",
      "x@host:9093", "1@host", "host:x"};
  static final int ERRORS_MAX = 8;

  static String[] valuesFor(ConfigDef.Type type) {
    return switch (type) {
      case INT, SHORT, LONG, DOUBLE -> NUMBERS;
      case BOOLEAN -> BOOLEANS;
      default -> TEXTS;
    };
  }

  static String clean(Object text) {
    return String.valueOf(text).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
  }

  /** One key for each kind of rule; of texts that a rule refuses only some. */
  static void values(PrintStream out, String scope, ConfigDef definitions, Set<String> seen) {
    for (Map.Entry<String, ConfigDef.ConfigKey> entry : new TreeMap<>(definitions.configKeys()).entrySet()) {
      ConfigDef.ConfigKey key = entry.getValue();
      if (key.type() == ConfigDef.Type.CLASS) continue;
      List<String> rows = new ArrayList<>();
      int errors = 0;
      for (String value : valuesFor(key.type())) {
        String result;
        try {
          ConfigDef alone = new ConfigDef().define(key);
          Object parsed = alone.parse(Map.of(key.name, value)).get(key.name);
          result = "ok\t" + (key.type() == ConfigDef.Type.PASSWORD ? value.trim() : ConfigDef.convertToString(parsed, key.type()));
        } catch (Exception e) {
          result = "error\t" + clean(e.getMessage());
          if (valuesFor(key.type()) == TEXTS && ++errors > ERRORS_MAX) continue;
        }
        rows.add(value + "\t" + result);
      }
      if (seen.add(String.join("\n", rows).replace(key.name, "#")))
        for (String row : rows) out.println(scope + "\t" + key.name + "\t" + row);
    }
  }

  static Map<String, String> assignments(String text) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String part : text.split("; ")) {
      if (part.isEmpty()) continue;
      int at = part.indexOf('=');
      map.put(part.substring(0, at), part.substring(at + 1));
    }
    return map;
  }

  static AbstractKafkaConfig broker(Map<String, String> properties) throws Exception {
    return (AbstractKafkaConfig) Class.forName("kafka.server.KafkaConfig").getConstructor(Map.class).newInstance(properties);
  }

  static String endpoints(Collection<ListenerEndpoint> endpoints) {
    StringJoiner all = new StringJoiner(",");
    for (ListenerEndpoint e : endpoints) all.add(name(e) + "://" + (e.host() == null ? "" : e.host()) + "|" + e.port() + "|" + e.securityProtocol());
    return all.toString();
  }

  static String name(ListenerEndpoint e) {
    return e.listener();
  }

  static String reason(Throwable e) {
    while (e instanceof java.lang.reflect.InvocationTargetException) e = e.getCause();
    return clean(e.getMessage());
  }

  static void topics(PrintStream out, BufferedReader cases) throws Exception {
    Map<String, String> base = assignments("process.roles=broker,controller; node.id=1; listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093; controller.listener.names=CONTROLLER; controller.quorum.voters=1@localhost:9093");
    for (String line; (line = cases.readLine()) != null; ) {
      if (line.isEmpty() || line.startsWith("#")) continue;
      String[] parts = line.split("\t", -1);
      String result;
      try {
        Map<String, String> properties = new HashMap<>(base);
        properties.putAll(assignments(parts[0]));
        AbstractKafkaConfig config = broker(properties);
        LogConfig.validate(assignments(parts[1]), assignments(parts[2]), (Map<String, ?>) config.getClass().getMethod("extractLogConfigMap").invoke(config),
            config.getBoolean("remote.log.storage.system.enable"));
        result = "ok\t";
      } catch (Throwable e) {
        result = "error\t" + reason(e);
      }
      out.println(parts[0] + "\t" + parts[1] + "\t" + parts[2] + "\t" + result);
    }
  }

  static void groups(PrintStream out, BufferedReader cases) throws Exception {
    Map<String, String> base = assignments("process.roles=broker,controller; node.id=1; listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093; controller.listener.names=CONTROLLER; controller.quorum.voters=1@localhost:9093");
    for (String line; (line = cases.readLine()) != null; ) {
      if (line.isEmpty() || line.startsWith("#")) continue;
      String[] parts = line.split("\t", -1);
      String result;
      try {
        Map<String, String> properties = new HashMap<>(base);
        properties.putAll(assignments(parts[1]));
        AbstractKafkaConfig config = broker(properties);
        if (parts[0].equals("group"))
          GroupConfig.validate(assignments(parts[2]), (GroupCoordinatorConfig) member(config, "groupCoordinatorConfig"), (ShareGroupConfig) member(config, "shareGroupConfig"));
        else
          ClientMetricsConfigs.validate("subscription", assignments(parts[2]));
        result = "ok\t";
      } catch (Throwable e) {
        result = "error\t" + reason(e);
      }
      out.println(parts[0] + "\t" + parts[1] + "\t" + parts[2] + "\t" + result);
    }
  }

  static Object member(Object on, String name) throws Exception {
    return on.getClass().getMethod(name).invoke(on);
  }

  static void brokers(PrintStream out, BufferedReader cases) throws Exception {
    for (String line; (line = cases.readLine()) != null; ) {
      if (line.isEmpty() || line.startsWith("#")) continue;
      String result;
      try {
        AbstractKafkaConfig config = broker(new HashMap<>(assignments(line)));
        result = "ok\t" + endpoints((Collection<ListenerEndpoint>) call(config, "listeners")) + "\t" + endpoints((Collection<ListenerEndpoint>) call(config, "effectiveAdvertisedBrokerListeners")) + "\t"
            + endpoints((Collection<ListenerEndpoint>) call(config, "effectiveAdvertisedControllerListeners")) + "\t" + config.interBrokerListenerName().value();
      } catch (Throwable e) {
        result = "error\t" + reason(e);
      }
      out.println(line + "\t" + result);
    }
  }

  static Object call(Object on, String name) throws Exception {
    Object result = on.getClass().getMethod(name).invoke(on);
    if (result instanceof Collection) return result;
    List<Object> list = new ArrayList<>();
    Object it = result.getClass().getMethod("iterator").invoke(result);
    java.lang.reflect.Method more = Class.forName("scala.collection.Iterator").getMethod("hasNext"), next = Class.forName("scala.collection.Iterator").getMethod("next");
    while ((Boolean) more.invoke(it)) list.add(next.invoke(it));
    return list;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    BufferedReader cases = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    switch (arguments[0]) {
      case "values" -> {
        Set<String> seen = new HashSet<>();
        out.println("# Made by Apache Kafka 4.4.0: scope, key, value as given, ok or error, value as read or message.");
        values(out, "topic", LogConfig.configDefCopy(), seen);
        values(out, "group", GroupConfig.CONFIG_DEF, seen);
        values(out, "broker", AbstractKafkaConfig.CONFIG_DEF, seen);
        values(out, "producer", org.apache.kafka.clients.producer.ProducerConfig.configDef(), seen);
        values(out, "consumer", org.apache.kafka.clients.consumer.ConsumerConfig.configDef(), seen);
        values(out, "admin", org.apache.kafka.clients.admin.AdminClientConfig.configDef(), seen);
      }
      case "topics" -> topics(out, cases);
      case "groups" -> groups(out, cases);
      case "brokers" -> brokers(out, cases);
    }
  }
}
