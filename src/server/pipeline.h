// server/pipeline.h: from a frame to its answer: header, API, handler.
#pragma once

#include "base/task.h"
#include "net/frame_reader.h"
#include "server/reply.h"
#include "server/session.h"

namespace sluice {

class Broker;
class BrokerShard;

/// Answers one request. Runs on `shard`, whose connection sent it. A request that cannot be understood closes the
/// connection, since nothing that follows it can be trusted either; what was wrong is logged.
Task<Reply> answer_frame(Broker& broker, BrokerShard& shard, Peer& peer, Frame frame);

}  // namespace sluice
