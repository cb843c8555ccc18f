// KafkaJS: its own implementation of the protocol, in JavaScript.
const assert = require('node:assert/strict')
const { AssignerProtocol, CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs')
const SnappyCodec = require('kafkajs-snappy')
const lz4 = require('lz4js')
const { bootstrap, check, main, unique, until } = require('check')

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => Buffer.from(lz4.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(lz4.decompress(buffer)),
})

const kafka = new Kafka({ clientId: 'the-client', brokers: [bootstrap], logLevel: logLevel.NOTHING })
const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

async function withClient(client, use) {
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.disconnect()
  }
}
const withAdmin = (use) => withClient(kafka.admin(), use)
const withProducer = (settings, use) => withClient(kafka.producer(settings), use)

// Disconnecting waits for the fetch that is under way.
const newConsumer = (settings) => kafka.consumer({ maxWaitTimeInMs: 200, ...settings })

async function newTopic(stem, numPartitions) {
  const topic = unique(stem)
  await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true }))
  return topic
}

const sendNumbers = (topic, from, to, partitions = 1) =>
  withProducer({}, (producer) =>
    producer.send({ topic, messages: numbers(from, to).map((value, n) => ({ value, partition: n % partitions })) }))

/** Consumes in a group until there are `count` messages, and returns them. */
async function take(topic, count, settings = {}) {
  const found = []
  await withClient(newConsumer({ groupId: unique('alone'), ...settings }), async (consumer) => {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void found.push(message) })
    await until(() => found.length >= count, `${count} messages`)
  })
  return found
}

const values = (messages) => messages.map((m) => m.value.toString())

for (const codec of ['None', 'GZIP', 'Snappy', 'LZ4']) {
  check(`codec_brings_back_all[${codec}]`, async () => {
    const topic = await newTopic('codec', 1)
    const sent = numbers(0, 300).map((n) => ({
      key: n % 3 ? `key-${n}` : null,
      value: n % 7 ? `value-${n} `.repeat(50) : null,
      headers: { n: n, twice: ['1', '2'] },
      timestamp: String(1600000000000 + Number(n)),
    }))
    await withProducer({}, (producer) => producer.send({ topic, messages: sent, compression: CompressionTypes[codec] }))
    const text = (buffer) => (buffer === null ? null : buffer.toString())
    const found = await take(topic, sent.length)
    assert.deepEqual(found.map((m) => m.offset), numbers(0, 300), 'offsets')
    assert.deepEqual(
      found.map((m) => ({
        key: text(m.key),
        value: text(m.value),
        headers: { n: text(m.headers.n), twice: m.headers.twice.map(text) },
        timestamp: m.timestamp,
      })), sent, 'messages')
  })
}

for (const acks of [0, 1, -1]) {
  check(`acks_delivers[${acks}]`, async () => {
    const topic = await newTopic('acks', 1)
    await withProducer({}, (producer) => producer.send({ topic, acks, messages: [{ value: 'value' }] }))
    assert.deepEqual(values(await take(topic, 1)), ['value'])
  })
}

check('sending_tells_offsets', async () => {
  const topic = await newTopic('offsets', 1)
  await withProducer({ idempotent: true, maxInFlightRequests: 1 }, async (producer) => {
    for (let n = 0; n < 20; n++) {
      const [told] = await producer.send({ topic, messages: [{ value: String(n) }] })
      assert.equal(told.baseOffset, String(n), 'offset')
      assert.equal(told.errorCode, 0, 'error')
    }
  })
  assert.deepEqual(values(await take(topic, 20)), numbers(0, 20))
})

check('transactions_commit_and_abort', async () => {
  const topic = await newTopic('tx', 1)
  await withProducer({ transactionalId: unique('tx'), maxInFlightRequests: 1, idempotent: true }, async (producer) => {
    for (let n = 0; n < 3; n++) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: String(n) }] })
      await (n === 1 ? transaction.abort() : transaction.commit())
    }
  })
  const found = await take(topic, 2)
  assert.deepEqual(found.map((m) => `${m.offset}=${m.value}`), ['0=0', '4=2'], 'with read_committed')
  const everything = await take(topic, 3, { readUncommitted: true })
  assert.deepEqual(everything.map((m) => `${m.offset}=${m.value}`), ['0=0', '2=1', '4=2'], 'with read_uncommitted')
})

/** A member of a group, and the partitions that it was told to have. */
async function newMember(topic, groupId, seen) {
  const consumer = newConsumer({ groupId, rebalanceTimeout: 10000, heartbeatInterval: 500 })
  const member = { consumer, owned: [] }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => (member.owned = payload.memberAssignment[topic] || []))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value.toString()) })
  return member
}

check('two_members_share_the_partitions_and_hand_them_over', async () => {
  const [topic, group, seen] = [await newTopic('shared', 4), unique('group'), []]
  const stays = await newMember(topic, group, seen)
  const leaves = await newMember(topic, group, seen)
  await until(() => stays.owned.length === 2 && leaves.owned.length === 2, 'both have two partitions')
  assert.deepEqual([...stays.owned, ...leaves.owned].sort(), [0, 1, 2, 3], 'partitions of both')
  await sendNumbers(topic, 0, 40, 4)
  await until(() => seen.length >= 40, 'both together see everything')
  await leaves.consumer.disconnect()
  await until(() => stays.owned.length === 4, 'the one that stays takes over')
  await stays.consumer.disconnect()
  assert.deepEqual(seen.sort(), numbers(0, 40).sort(), 'values')
})

check('a_restarted_consumer_goes_on_after_its_commit', async () => {
  const [topic, groupId] = [await newTopic('resumed', 1), unique('group')]
  await sendNumbers(topic, 0, 20)
  await withClient(newConsumer({ groupId }), async (consumer) => {
    const found = []
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void found.push(message) })
    await until(() => found.length >= 10, 'ten messages')
    await consumer.commitOffsets([{ topic, partition: 0, offset: '7', metadata: 'seven' }])
  })
  const [committed] = await withAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }))
  assert.deepEqual(committed.partitions, [{ partition: 0, offset: '7', metadata: 'seven' }], 'commit')
  assert.deepEqual(values(await take(topic, 13, { groupId })), numbers(7, 20), 'values after the commit')
})

check('seeking_goes_to_any_offset', async () => {
  const topic = await newTopic('seek', 1)
  await sendNumbers(topic, 0, 30)
  const found = []
  await withClient(newConsumer({ groupId: unique('group') }), async (consumer) => {
    await consumer.subscribe({ topic })
    consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void found.push(message.offset) })
    consumer.seek({ topic, partition: 0, offset: '27' })
    await until(() => found.length >= 3, 'three messages')
  })
  assert.deepEqual(found, ['27', '28', '29'])
})

check('admin_creates_grows_and_deletes_topics', async () => {
  const topic = await newTopic('admin', 2)
  await withAdmin(async (admin) => {
    assert.equal(await admin.createTopics({ topics: [{ topic }] }), false, 'creating twice')
    assert.ok((await admin.listTopics()).includes(topic), 'it is listed')
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions
    await until(async () => (await partitions()).length === 5, 'it has five partitions')
    assert.deepEqual((await partitions()).map((p) => p.partitionErrorCode), [0, 0, 0, 0, 0], 'errors')
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await admin.listTopics()).includes(topic), 'it is gone')
  })
})

check('admin_knows_offsets_and_configurations', async () => {
  const topic = await newTopic('known', 1)
  await sendNumbers(topic, 0, 10)
  await withAdmin(async (admin) => {
    const [before] = await admin.fetchTopicOffsets(topic)  // Which also makes the client know the topic.
    assert.deepEqual([before.low, before.high], ['0', '10'], 'offsets at first')
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
    const [{ low, high, offset }] = await admin.fetchTopicOffsets(topic)
    assert.deepEqual({ low, high, offset }, { low: '4', high: '10', offset: '10' }, 'offsets')
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
    await admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }] })
    const policy = async () => {
      const { resources } = await admin.describeConfigs({ resources: [{ ...resource, configNames: ['cleanup.policy'] }] })
      return resources[0].configEntries[0].configValue
    }
    await until(async () => (await policy()) === 'compact', 'cleanup.policy is set')
    const cluster = await admin.describeCluster()
    assert.deepEqual(cluster.brokers.map((b) => `${b.host}:${b.port}`), [bootstrap], 'brokers')
    assert.equal(cluster.controller, cluster.brokers[0].nodeId, 'controller')
  })
})

check('admin_lists_describes_and_deletes_groups', async () => {
  const [topic, groupId] = [await newTopic('grouped', 2), unique('group')]
  const member = await newMember(topic, groupId, [])
  await until(() => member.owned.length === 2, 'it has its partitions')
  await withAdmin(async (admin) => {
    assert.ok((await admin.listGroups()).groups.some((g) => g.groupId === groupId), 'it is listed')
    const [group] = (await admin.describeGroups([groupId])).groups
    assert.deepEqual([group.state, group.protocolType, group.protocol], ['Stable', 'consumer', 'RoundRobinAssigner'], 'the group')
    assert.deepEqual(group.members.map((m) => m.clientId), ['the-client'], 'members')
    const { assignment } = AssignerProtocol.MemberAssignment.decode(group.members[0].memberAssignment)
    assert.deepEqual(assignment[topic].sort(), [0, 1], 'assignment')
    await member.consumer.disconnect()
    assert.deepEqual((await admin.deleteGroups([groupId])).map((r) => r.errorCode || 0), [0], 'deleting')
    assert.ok(!(await admin.listGroups()).groups.some((g) => g.groupId === groupId), 'it is gone')
  })
})

main()
