// franz-go: its own implementation of the protocol, in Go, quick to use each new version of a request.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.MetadataMinAge(50 * time.Millisecond)}, options...)...)
	must(err, "a client")
	return made
}

// bounded is the context of everything that waits.
func bounded() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	time.AfterFunc(wait, cancel)
	return ctx
}

// With SLUICE_INTEROP_BOOTSTRAP other users may be there, so no check asks for the list of everything.
var admin *kadm.Client

func newTopic(stem string, partitions int32) string {
	topic := unique(stem)
	_, err := admin.CreateTopic(bounded(), partitions, 1, nil, topic)
	must(err, "creating "+topic)
	until(func() bool {
		listed, err := admin.ListTopics(bounded(), topic)
		return err == nil && len(listed[topic].Partitions) == int(partitions)
	}, topic+" is listed")
	return topic
}

func send(records []*kgo.Record, options ...kgo.Opt) {
	producer := client(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	defer producer.Close()
	must(producer.ProduceSync(bounded(), records...).FirstErr(), "producing")
}

func sendNumbers(topic string, from, to int, partitions int32) {
	var records []*kgo.Record
	for n := from; n < to; n++ {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(n) % partitions, Value: []byte(fmt.Sprint(n))})
	}
	send(records)
}

func poll(consumer *kgo.Client, count int) []*kgo.Record {
	var found []*kgo.Record
	for ctx := bounded(); len(found) < count; {
		fetches := consumer.PollFetches(ctx)
		must(fetches.Err(), fmt.Sprintf("%d of %d records", len(found), count))
		found = append(found, fetches.Records()...)
	}
	return found
}

func take(topic string, count int, options ...kgo.Opt) []*kgo.Record {
	defaults := []kgo.Opt{kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	consumer := client(append(defaults, options...)...)
	defer consumer.Close()
	return poll(consumer, count)
}

func values(records []*kgo.Record) (all []string) {
	for _, record := range records {
		all = append(all, string(record.Value))
	}
	return all
}

func numbers(from, to int) (all []string) {
	for n := from; n < to; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

// text is a record in one line: all that its producer gave it.
func text(record *kgo.Record) string {
	quote := func(bytes []byte) string {
		if bytes == nil {
			return "null"
		}
		return fmt.Sprintf("%q", bytes)
	}
	var headers []string
	for _, header := range record.Headers {
		headers = append(headers, header.Key+"="+quote(header.Value))
	}
	return fmt.Sprint(quote(record.Key), " -> ", quote(record.Value), " at ", record.Timestamp.UnixMilli(), " with ", headers)
}

func codecBringsBackAll(codec kgo.CompressionCodec) {
	topic := newTopic("codec", 1)
	var sent, got []string
	var records []*kgo.Record
	for n := 0; n < 300; n++ {
		record := &kgo.Record{Topic: topic, Timestamp: time.UnixMilli(1_600_000_000_000 + int64(n)),
			Headers: []kgo.RecordHeader{{Key: "n", Value: []byte(fmt.Sprint(n))}, {Key: "none"}}}
		if n%3 != 0 {
			record.Key = []byte(fmt.Sprint("key-", n))
		}
		if n%7 != 0 {
			record.Value = []byte(strings.Repeat(fmt.Sprint("value-", n, " "), 50))
		}
		records, sent = append(records, record), append(sent, text(record))
	}
	send(records, kgo.ProducerBatchCompression(codec))
	for n, record := range take(topic, len(records)) {
		got = append(got, text(record))
		equal(record.Offset, int64(n), "offset")
	}
	equal(got, sent, "records")
}

func acksDelivers(acks kgo.Acks) {
	topic := newTopic("acks", 1)
	send([]*kgo.Record{{Topic: topic, Value: []byte("value")}}, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
	equal(values(take(topic, 1)), []string{"value"}, "values")
}

func idempotentProducerKeepsOrder() {
	topic := newTopic("idempotent", 1)
	producer := client(kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0), kgo.ProducerBatchMaxBytes(1000))
	defer producer.Close()
	for n := 0; n < 2000; n++ {
		producer.Produce(bounded(), &kgo.Record{Value: []byte(fmt.Sprint(n))}, func(record *kgo.Record, err error) {
			if err != nil {
				fmt.Println("  not delivered:", err)
			}
		})
	}
	must(producer.Flush(bounded()), "flushing")
	equal(values(take(topic, 2000)), numbers(0, 2000), "values")
}

func transactionsCommitAndAbort() {
	topic := newTopic("tx", 1)
	producer := client(kgo.TransactionalID(unique("tx")), kgo.DefaultProduceTopic(topic))
	defer producer.Close()
	for n := 0; n < 3; n++ {
		must(producer.BeginTransaction(), "begin")
		must(producer.ProduceSync(bounded(), &kgo.Record{Value: []byte(fmt.Sprint(n))}).FirstErr(), "producing")
		must(producer.EndTransaction(bounded(), kgo.TransactionEndTry(n != 1)), "end")
	}
	places := func(records []*kgo.Record) (all []string) {
		for _, record := range records {
			all = append(all, fmt.Sprint(record.Offset, "=", string(record.Value)))
		}
		return all
	}
	equal(places(take(topic, 2, kgo.FetchIsolationLevel(kgo.ReadCommitted()))), []string{"0=0", "4=2"}, "with read_committed")
	equal(places(take(topic, 3)), []string{"0=0", "2=1", "4=2"}, "with read_uncommitted")
}

// Member is a consumer in a group, polled in the background; its callbacks tell which partitions it has.
type Member struct {
	consumer *kgo.Client
	lock     sync.Mutex
	owned    map[int32]bool
	seen     []string
}

func newMember(topic, group string, options ...kgo.Opt) *Member {
	member := &Member{owned: map[int32]bool{}}
	change := func(gained bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			member.lock.Lock()
			defer member.lock.Unlock()
			for _, partition := range changed[topic] {
				if gained {
					member.owned[partition] = true
				} else {
					delete(member.owned, partition)
				}
			}
		}
	}
	member.consumer = client(append(options, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)), kgo.OnPartitionsLost(change(false)))...)
	go func() {
		for {
			fetches := member.consumer.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			member.lock.Lock()
			member.seen = append(member.seen, values(fetches.Records())...)
			member.lock.Unlock()
		}
	}()
	return member
}

func (member *Member) partitions() (all []int) {
	member.lock.Lock()
	defer member.lock.Unlock()
	for partition := range member.owned {
		all = append(all, int(partition))
	}
	sort.Ints(all)
	return all
}

func (member *Member) values() []string {
	member.lock.Lock()
	defer member.lock.Unlock()
	return append([]string(nil), member.seen...)
}

func twoMembersShareThePartitions(options ...kgo.Opt) {
	topic, group := newTopic("shared", 4), unique("group")
	stays := newMember(topic, group, options...)
	defer stays.consumer.Close()
	leaves := newMember(topic, group, options...)
	defer leaves.consumer.Close()
	until(func() bool { return len(stays.partitions()) == 2 && len(leaves.partitions()) == 2 }, "both have two partitions")
	both := append(stays.partitions(), leaves.partitions()...)
	sort.Ints(both)
	equal(both, []int{0, 1, 2, 3}, "partitions of both")
	sendNumbers(topic, 0, 40, 4)
	seen := func() []string { return append(stays.values(), leaves.values()...) }
	until(func() bool { return len(seen()) >= 40 }, "both together see everything")
	expected, got := numbers(0, 40), seen()
	sort.Strings(expected)
	sort.Strings(got)
	equal(got, expected, "values")
	leaves.consumer.Close()
	until(func() bool { return len(stays.partitions()) == 4 }, "the one that stays takes over")
}

func restartedConsumerGoesOnAfterItsCommit() {
	topic, group := newTopic("resumed", 1), unique("group")
	sendNumbers(topic, 0, 20, 1)
	first := client(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(first.CommitRecords(bounded(), poll(first, 20)[:7]...), "commit")
	first.Close()
	committed, err := admin.FetchOffsets(bounded(), group)
	must(err, "fetching offsets")
	equal(committed[topic][0].At, int64(7), "committed offset")
	equal(values(take(topic, 13, kgo.ConsumerGroup(group))), numbers(7, 20), "values after the commit")
}

func offsetsAreListedAndRecordsDeleted() {
	topic := newTopic("offsets", 1)
	var records []*kgo.Record
	for n := 0; n < 10; n++ {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte("v"), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(n)*1000)})
	}
	send(records)
	deleted, err := admin.DeleteRecords(bounded(), kadm.Offsets{topic: {0: {Topic: topic, At: 4}}})
	must(err, "deleting records")
	equal(deleted[topic][0].LowWatermark, int64(4), "low watermark")
	offset := func(listed kadm.ListedOffsets, err error) int64 {
		must(err, "listing offsets")
		must(listed[topic][0].Err, "the partition's offset")
		return listed[topic][0].Offset
	}
	equal(offset(admin.ListStartOffsets(bounded(), topic)), int64(4), "start")
	equal(offset(admin.ListEndOffsets(bounded(), topic)), int64(10), "end")
	equal(offset(admin.ListCommittedOffsets(bounded(), topic)), int64(10), "end of what is committed")
	equal(offset(admin.ListMaxTimestampOffsets(bounded(), topic)), int64(9), "of the greatest timestamp")
	equal(offset(admin.ListOffsetsAfterMilli(bounded(), 1_700_000_006_500, topic)), int64(7), "by time")
	found := take(topic, 1, kgo.ConsumeResetOffset(kgo.NewOffset().AfterMilli(1_700_000_008_001)))
	equal(found[0].Offset, int64(9), "offset of consuming from a time on")
}

func adminCreatesGrowsAndDeletesTopics() {
	topic := newTopic("admin", 2)
	_, err := admin.CreateTopic(bounded(), 2, 1, nil, topic)
	equal(errors.Is(err, kerr.TopicAlreadyExists), true, "creating twice is refused")
	grown, err := admin.UpdatePartitions(bounded(), 5, topic)
	must(err, "growing")
	must(grown[topic].Err, "growing the topic")
	until(func() bool {
		listed, err := admin.ListTopics(bounded(), topic)
		return err == nil && len(listed[topic].Partitions) == 5
	}, "it has five partitions")
	_, err = admin.DeleteTopic(bounded(), topic)
	must(err, "deleting")
	_, err = admin.DeleteTopic(bounded(), topic)
	equal(errors.Is(err, kerr.UnknownTopicOrPartition), true, "deleting twice is refused")
}

func adminChangesConfigurations() {
	topic, value := newTopic("configured", 1), "compact"
	changed, err := admin.AlterTopicConfigs(bounded(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "cleanup.policy", Value: &value}}, topic)
	must(err, "altering")
	must(changed[0].Err, "altering the topic")
	policy := func() *kadm.Config {
		described, err := admin.DescribeTopicConfigs(bounded(), topic)
		must(err, "describing")
		for n, config := range described[0].Configs {
			if config.Key == "cleanup.policy" {
				return &described[0].Configs[n]
			}
		}
		panic("there is no cleanup.policy")
	}
	until(func() bool { return policy().MaybeValue() == "compact" }, "it is set")
	equal(policy().Source.String(), "DYNAMIC_TOPIC_CONFIG", "source")
}

func adminDescribesGroupsAndTheirLag() {
	topic, group := newTopic("grouped", 2), unique("group")
	sendNumbers(topic, 0, 10, 2)
	member := newMember(topic, group, kgo.ClientID("the-member"), kgo.Balancers(kgo.RangeBalancer()))
	until(func() bool { return len(member.values()) == 10 }, "the member has consumed")
	must(member.consumer.CommitUncommittedOffsets(bounded()), "commit")
	sendNumbers(topic, 10, 13, 1)
	described, err := admin.DescribeGroups(bounded(), group)
	must(err, "describing")
	equal([]string{described[group].State, described[group].ProtocolType, described[group].Protocol},
		[]string{"Stable", "consumer", "range"}, "state, protocol type and protocol")
	equal(described[group].Members[0].ClientID, "the-member", "client id")
	member.consumer.Close()
	must(admin.CommitAllOffsets(bounded(), group, kadm.Offsets{topic: {0: {Topic: topic, Partition: 0, At: 5}}}), "committing for the group")
	lag, err := admin.Lag(bounded(), group)
	must(err, "lag")
	equal(lag[group].Lag.Total(), int64(3), "lag")
	_, err = admin.DeleteGroup(bounded(), group)
	must(err, "deleting")
}

func adminDescribesTheCluster() {
	metadata, err := admin.BrokerMetadata(bounded())
	must(err, "metadata")
	equal(len(metadata.Brokers), 1, "brokers")
	equal(fmt.Sprintf("%s:%d", metadata.Brokers[0].Host, metadata.Brokers[0].Port), bootstrap, "address")
	equal(metadata.Controller, metadata.Brokers[0].NodeID, "controller")
	topic := newTopic("sized", 1)
	sendNumbers(topic, 0, 1000, 1)
	sized, err := admin.DescribeAllLogDirs(bounded(), kadm.TopicsSet{topic: {0: {}}})
	must(err, "log directories")
	size := int64(0)
	for _, directories := range sized {
		if partition, found := directories.LookupPartition(topic, 0); found {
			size = partition.Size
		}
	}
	equal(size > 5000 && size < 100_000, true, fmt.Sprintf("a thousand small records take %d bytes", size))
}

func main() {
	connection := client()
	admin = kadm.NewClient(connection)
	defer connection.Close()

	for name, codec := range map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()} {
		check("codec_brings_back_all["+name+"]", func() { codecBringsBackAll(codec) })
	}
	for name, acks := range map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()} {
		check("acks_delivers["+name+"]", func() { acksDelivers(acks) })
	}
	check("idempotent_producer_keeps_order", idempotentProducerKeepsOrder)
	check("transactions_commit_and_abort", transactionsCommitAndAbort)
	for name, balancer := range map[string]kgo.GroupBalancer{"range": kgo.RangeBalancer(), "sticky": kgo.StickyBalancer(),
		"cooperative_sticky": kgo.CooperativeStickyBalancer()} {
		check("two_members_share_the_partitions["+name+"]", func() { twoMembersShareThePartitions(kgo.Balancers(balancer)) })
	}
	check("restarted_consumer_goes_on_after_its_commit", restartedConsumerGoesOnAfterItsCommit)
	check("offsets_are_listed_and_records_deleted", offsetsAreListedAndRecordsDeleted)
	check("admin_creates_grows_and_deletes_topics", adminCreatesGrowsAndDeletesTopics)
	check("admin_changes_configurations", adminChangesConfigurations)
	check("admin_describes_groups_and_their_lag", adminDescribesGroupsAndTheirLag)
	check("admin_describes_the_cluster", adminDescribesTheCluster)
	if failed > 0 {
		os.Exit(1)
	}
}
