/* librdkafka's C API, as Debian packages it. */
#include <librdkafka/rdkafka.h>

#include "check.h"

typedef struct {
  const char *name, *value;
} Setting;

static rd_kafka_conf_t *configuration(const Setting *settings) {
  char error[512];
  const char *bootstrap = getenv("INTEROP_BOOTSTRAP");
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, error, sizeof error);
  for (; settings && settings->name; settings++)
    CHECK(rd_kafka_conf_set(conf, settings->name, settings->value, error, sizeof error) == RD_KAFKA_CONF_OK, "%s", error);
  return conf;
}

/* What the delivery reports of one producer told. */
typedef struct {
  int delivered, failed;
  int64_t last_offset;
} Reports;

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
  (void)producer;
  Reports *reports = opaque;
  if (message->err) reports->failed++;
  else reports->delivered++;
  reports->last_offset = message->offset;
}

static rd_kafka_t *new_producer(const Setting *settings, Reports *reports) {
  char error[512];
  rd_kafka_conf_t *conf = configuration(settings);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, reports);
  rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  CHECK(producer, "%s", error);
  return producer;
}

static rd_kafka_t *new_consumer(const char *group, const Setting *settings) {
  char error[512];
  rd_kafka_conf_t *conf = configuration(settings);
  rd_kafka_conf_set(conf, "group.id", group, error, sizeof error);
  rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", error, sizeof error);
  rd_kafka_conf_set(conf, "enable.auto.commit", "false", error, sizeof error);
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  CHECK(consumer, "%s", error);
  rd_kafka_poll_set_consumer(consumer);
  return consumer;
}

static void close_consumer(rd_kafka_t *consumer) {
  CHECK(rd_kafka_consumer_close(consumer) == RD_KAFKA_RESP_ERR_NO_ERROR, "closing a consumer");
  rd_kafka_destroy(consumer);
}

/* Creates or deletes a topic, and returns the broker's answer. */
static rd_kafka_resp_err_t administer(const char *topic, int partitions) {
  char error[512];
  const rd_kafka_topic_result_t **results;
  size_t count;
  Reports none = {0};
  rd_kafka_t *client = new_producer(NULL, &none);
  rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
  if (partitions > 0) {
    rd_kafka_NewTopic_t *asked = rd_kafka_NewTopic_new(topic, partitions, 1, error, sizeof error);
    rd_kafka_CreateTopics(client, &asked, 1, NULL, queue);
    rd_kafka_NewTopic_destroy(asked);
  } else {
    rd_kafka_DeleteTopic_t *asked = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_DeleteTopics(client, &asked, 1, NULL, queue);
    rd_kafka_DeleteTopic_destroy(asked);
  }
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, (int)(1000 * wait_seconds()));
  CHECK(event && !rd_kafka_event_error(event), "%s", event ? rd_kafka_event_error_string(event) : "no answer");
  results = partitions > 0 ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
                           : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
  CHECK(count == 1, "%zu results", count);
  const rd_kafka_resp_err_t answer = rd_kafka_topic_result_error(results[0]);
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
  return answer;
}

static void new_topic(char *topic, const char *stem, int partitions) {
  unique_name(topic, stem);
  const rd_kafka_resp_err_t error = administer(topic, partitions);
  CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, "%s: %s", topic, rd_kafka_err2str(error));
}

static void send_number(rd_kafka_t *producer, const char *topic, int32_t partition, int n) {
  char value[32];
  const int length = snprintf(value, sizeof value, "%d", n);
  const rd_kafka_resp_err_t error =
      rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                        RD_KAFKA_V_VALUE(value, (size_t)length), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, "%s", rd_kafka_err2str(error));
}

static void send_numbers(const char *topic, int partitions, int count) {
  Reports reports = {0};
  rd_kafka_t *producer = new_producer(NULL, &reports);
  for (int n = 0; n < count; n++) send_number(producer, topic, n % partitions, n);
  rd_kafka_flush(producer, (int)(1000 * wait_seconds()));
  CHECK(reports.delivered == count && reports.failed == 0, "%d delivered, %d failed", reports.delivered, reports.failed);
  rd_kafka_destroy(producer);
}

static void subscribe(rd_kafka_t *consumer, const char *topic) {
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  CHECK(rd_kafka_subscribe(consumer, topics) == RD_KAFKA_RESP_ERR_NO_ERROR, "subscribing");
  rd_kafka_topic_partition_list_destroy(topics);
}

/* The next message, which must be the given number at the given offset. */
static void expect_number(rd_kafka_t *consumer, int n, int64_t offset) {
  rd_kafka_message_t *message = NULL;
  char value[32];
  UNTIL(message, "a message") message = rd_kafka_consumer_poll(consumer, 500);
  CHECK(!message->err, "%s", rd_kafka_message_errstr(message));
  snprintf(value, sizeof value, "%.*s", (int)message->len, (const char *)message->payload);
  CHECK(atoi(value) == n && message->offset == offset, "got %s at %ld", value, (long)message->offset);
  rd_kafka_message_destroy(message);
}

/* ---- Checks ---- */

enum { kCodecMessages = 200 };
static const int64_t kFirstTimestamp = 1600000000000;

static void fill(char *text, size_t size, int n) {
  memset(text, 'a' + n % 26, size);
  text[size - 1] = 0;
}

static void send_all_kinds(const char *topic, const char *codec) {
  Reports reports = {0};
  const Setting settings[] = {{"compression.type", codec}, {"linger.ms", "20"}, {NULL, NULL}};
  rd_kafka_t *producer = new_producer(settings, &reports);
  for (int n = 0; n < kCodecMessages; n++) {
    char key[16], value[500];
    fill(value, sizeof value, n);
    const size_t key_length = (size_t)snprintf(key, sizeof key, "key-%d", n);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_VALUE(value, sizeof value),
        RD_KAFKA_V_TIMESTAMP(kFirstTimestamp + n), RD_KAFKA_V_HEADER("codec", codec, -1), RD_KAFKA_V_HEADER("none", NULL, 0),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, "%s", rd_kafka_err2str(error));
  }
  rd_kafka_flush(producer, (int)(1000 * wait_seconds()));
  CHECK(reports.delivered == kCodecMessages, "%d delivered", reports.delivered);
  CHECK(reports.last_offset == kCodecMessages - 1, "last offset %ld", (long)reports.last_offset);
  rd_kafka_destroy(producer);
}

static void expect_kind(const rd_kafka_message_t *message, int n, const char *codec) {
  char key[16], value[500];
  rd_kafka_headers_t *headers;
  const void *header;
  size_t length;
  fill(value, sizeof value, n);
  snprintf(key, sizeof key, "key-%d", n);
  CHECK(!message->err, "%s", rd_kafka_message_errstr(message));
  CHECK(message->offset == n, "offset %ld", (long)message->offset);
  CHECK(message->key_len == strlen(key) && !memcmp(message->key, key, strlen(key)), "key of %d", n);
  CHECK(message->len == sizeof value && !memcmp(message->payload, value, sizeof value), "value of %d", n);
  CHECK(rd_kafka_message_timestamp(message, NULL) == kFirstTimestamp + n, "timestamp of %d", n);
  CHECK(!rd_kafka_message_headers(message, &headers), "headers of %d", n);
  CHECK(!rd_kafka_header_get(headers, 0, "codec", &header, &length), "first header of %d", n);
  CHECK(length == strlen(codec) && !memcmp(header, codec, length), "first header of %d", n);
  CHECK(!rd_kafka_header_get(headers, 0, "none", &header, &length) && header == NULL, "second header of %d", n);
}

static void codec_brings_back_all(const void *argument) {
  char topic[64], group[64];
  new_topic(topic, "codec", 1);
  unique_name(group, "group");
  send_all_kinds(topic, argument);
  rd_kafka_t *consumer = new_consumer(group, NULL);
  subscribe(consumer, topic);
  for (int n = 0; n < kCodecMessages; n++) {
    rd_kafka_message_t *message = NULL;
    UNTIL(message, "a message") message = rd_kafka_consumer_poll(consumer, 500);
    expect_kind(message, n, argument);
    rd_kafka_message_destroy(message);
  }
  close_consumer(consumer);
}

static void idempotent_producer_keeps_order(const void *argument) {
  (void)argument;
  char topic[64], group[64];
  Reports reports = {0};
  const Setting settings[] = {{"enable.idempotence", "true"}, {"linger.ms", "0"}, {NULL, NULL}};
  new_topic(topic, "idempotent", 1);
  unique_name(group, "group");
  rd_kafka_t *producer = new_producer(settings, &reports);
  for (int n = 0; n < 1000; n++) send_number(producer, topic, 0, n);
  rd_kafka_flush(producer, (int)(1000 * wait_seconds()));
  CHECK(reports.delivered == 1000, "%d delivered", reports.delivered);
  rd_kafka_destroy(producer);
  rd_kafka_t *consumer = new_consumer(group, NULL);
  subscribe(consumer, topic);
  for (int n = 0; n < 1000; n++) expect_number(consumer, n, n);
  close_consumer(consumer);
}

static void transactions_commit_and_abort(const void *argument) {
  (void)argument;
  char topic[64], group[64], id[64];
  Reports reports = {0};
  new_topic(topic, "tx", 1);
  unique_name(group, "group");
  unique_name(id, "tx");
  const Setting settings[] = {{"transactional.id", id}, {NULL, NULL}};
  rd_kafka_t *producer = new_producer(settings, &reports);
  CHECK(!rd_kafka_init_transactions(producer, (int)(1000 * wait_seconds())), "init");
  for (int n = 0; n < 3; n++) {
    CHECK(!rd_kafka_begin_transaction(producer), "begin");
    send_number(producer, topic, 0, n);
    rd_kafka_flush(producer, (int)(1000 * wait_seconds()));
    rd_kafka_error_t *error =
        n == 1 ? rd_kafka_abort_transaction(producer, -1) : rd_kafka_commit_transaction(producer, -1);
    CHECK(!error, "%s", rd_kafka_error_string(error));
  }
  rd_kafka_destroy(producer);
  const Setting committed[] = {{"isolation.level", "read_committed"}, {NULL, NULL}};
  rd_kafka_t *consumer = new_consumer(group, committed);
  subscribe(consumer, topic);
  expect_number(consumer, 0, 0);
  expect_number(consumer, 2, 4);
  close_consumer(consumer);
}

static int assigned(rd_kafka_t *consumer) {
  rd_kafka_topic_partition_list_t *partitions;
  CHECK(!rd_kafka_assignment(consumer, &partitions), "asking for the assignment");
  const int count = partitions->cnt;
  rd_kafka_topic_partition_list_destroy(partitions);
  return count;
}

/* Polls once; returns how many messages came. */
static int poll_once(rd_kafka_t *consumer) {
  rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
  const int got = message && !message->err;
  if (message) rd_kafka_message_destroy(message);
  return got;
}

static void two_members_share_the_partitions(const void *argument) {
  char topic[64], group[64];
  int seen = 0;
  const Setting settings[] = {{"partition.assignment.strategy", argument}, {NULL, NULL}};
  new_topic(topic, "shared", 4);
  unique_name(group, "group");
  rd_kafka_t *stays = new_consumer(group, settings);
  rd_kafka_t *leaves = new_consumer(group, settings);
  subscribe(stays, topic);
  subscribe(leaves, topic);
  UNTIL(assigned(stays) == 2 && assigned(leaves) == 2, "both have two partitions") poll_once(stays), poll_once(leaves);
  send_numbers(topic, 4, 40);
  UNTIL(seen >= 40, "both together see everything") seen += poll_once(stays) + poll_once(leaves);
  CHECK(seen == 40, "%d messages", seen);
  close_consumer(leaves);
  UNTIL(assigned(stays) == 4, "the one that stays takes over") poll_once(stays);
  close_consumer(stays);
}

static void restarted_consumer_goes_on_after_its_commit(const void *argument) {
  (void)argument;
  char topic[64], group[64];
  new_topic(topic, "resumed", 1);
  unique_name(group, "group");
  send_numbers(topic, 1, 20);
  rd_kafka_t *consumer = new_consumer(group, NULL);
  subscribe(consumer, topic);
  for (int n = 0; n < 7; n++) expect_number(consumer, n, n);
  CHECK(!rd_kafka_commit(consumer, NULL, 0), "commit");
  close_consumer(consumer);
  consumer = new_consumer(group, NULL);
  subscribe(consumer, topic);
  for (int n = 7; n < 20; n++) expect_number(consumer, n, n);
  close_consumer(consumer);
}

static void offsets_are_found_by_time_and_seeked(const void *argument) {
  (void)argument;
  char topic[64], group[64];
  int64_t low, high;
  new_topic(topic, "times", 1);
  unique_name(group, "group");
  send_all_kinds(topic, "lz4");
  rd_kafka_t *consumer = new_consumer(group, NULL);
  CHECK(!rd_kafka_query_watermark_offsets(consumer, topic, 0, &low, &high, (int)(1000 * wait_seconds())), "watermarks");
  CHECK(low == 0 && high == kCodecMessages, "watermarks %ld and %ld", (long)low, (long)high);
  rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(asked, topic, 0)->offset = kFirstTimestamp + 57;
  CHECK(!rd_kafka_offsets_for_times(consumer, asked, (int)(1000 * wait_seconds())), "offsets by time");
  CHECK(asked->elems[0].offset == 57, "offset by time %ld", (long)asked->elems[0].offset);
  CHECK(!rd_kafka_assign(consumer, asked), "assign");
  rd_kafka_message_t *message = NULL;
  UNTIL(message, "a message") message = rd_kafka_consumer_poll(consumer, 500);
  expect_kind(message, 57, "lz4");
  rd_kafka_message_destroy(message);
  rd_kafka_topic_partition_list_destroy(asked);
  close_consumer(consumer);
}

static void metadata_and_groups_are_listed(const void *argument) {
  (void)argument;
  char topic[64], group[64];
  const struct rd_kafka_metadata *metadata;
  const struct rd_kafka_group_list *groups;
  new_topic(topic, "listed", 3);
  unique_name(group, "group");
  const Setting settings[] = {{"client.id", "the-member"}, {NULL, NULL}};
  rd_kafka_t *consumer = new_consumer(group, settings);
  subscribe(consumer, topic);
  UNTIL(assigned(consumer) == 3, "it has its partitions") poll_once(consumer);
  rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer, topic, NULL);
  CHECK(!rd_kafka_metadata(consumer, 0, handle, &metadata, (int)(1000 * wait_seconds())), "metadata");
  CHECK(metadata->broker_cnt == 1 && metadata->topic_cnt == 1, "%d brokers, %d topics", metadata->broker_cnt, metadata->topic_cnt);
  CHECK(metadata->topics[0].partition_cnt == 3, "%d partitions", metadata->topics[0].partition_cnt);
  CHECK(metadata->topics[0].partitions[2].leader == metadata->brokers[0].id, "leader");
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  CHECK(!rd_kafka_list_groups(consumer, group, &groups, (int)(1000 * wait_seconds())), "groups");
  CHECK(groups->group_cnt == 1 && groups->groups[0].member_cnt == 1, "%d groups", groups->group_cnt);
  CHECK(!strcmp(groups->groups[0].state, "Stable"), "state %s", groups->groups[0].state);
  CHECK(!strcmp(groups->groups[0].members[0].client_id, "the-member"), "client %s", groups->groups[0].members[0].client_id);
  rd_kafka_group_list_destroy(groups);
  close_consumer(consumer);
}

static void topics_are_created_and_deleted_once(const void *argument) {
  (void)argument;
  char topic[64];
  new_topic(topic, "once", 2);
  CHECK(administer(topic, 2) == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, "creating twice");
  CHECK(administer(topic, 0) == RD_KAFKA_RESP_ERR_NO_ERROR, "deleting");
  CHECK(administer(topic, 0) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "deleting twice");
}

int main(void) {
  run_check("codec_brings_back_all[none]", codec_brings_back_all, "none");
  run_check("codec_brings_back_all[gzip]", codec_brings_back_all, "gzip");
  run_check("codec_brings_back_all[snappy]", codec_brings_back_all, "snappy");
  run_check("codec_brings_back_all[lz4]", codec_brings_back_all, "lz4");
  run_check("codec_brings_back_all[zstd]", codec_brings_back_all, "zstd");
  run_check("idempotent_producer_keeps_order", idempotent_producer_keeps_order, NULL);
  run_check("transactions_commit_and_abort", transactions_commit_and_abort, NULL);
  run_check("two_members_share_the_partitions[range]", two_members_share_the_partitions, "range");
  run_check("two_members_share_the_partitions[roundrobin]", two_members_share_the_partitions, "roundrobin");
  run_check("two_members_share_the_partitions[cooperative-sticky]", two_members_share_the_partitions, "cooperative-sticky");
  run_check("restarted_consumer_goes_on_after_its_commit", restarted_consumer_goes_on_after_its_commit, NULL);
  run_check("offsets_are_found_by_time_and_seeked", offsets_are_found_by_time_and_seeked, NULL);
  run_check("metadata_and_groups_are_listed", metadata_and_groups_are_listed, NULL);
  run_check("topics_are_created_and_deleted_once", topics_are_created_and_deleted_once, NULL);
  return checks_failed_count > 0;
}
