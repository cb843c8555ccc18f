// What the quorum reads from its files: the election's state, names of snapshots, control batches; and the voters
// in a configuration. The first byte says which.
#include "base/assert.h"
#include "raft/control_batch.h"
#include "raft/election_state.h"
#include "raft/snapshot_id.h"
#include "raft/voter_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::raft;
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.empty()) return 0;
  const std::string_view text = as_text(input.subspan(1));
  switch (data[0] % 4) {
    case 0:
      if (const auto state = parse_quorum_state(text)) {
        const auto again = parse_quorum_state(format_quorum_state(*state, kDynamicVoters, {}));
        SLUICE_ASSERT(again.has_value() && *again == *state);
      }
      return 0;
    case 1:
      if (const auto name = SnapshotFileName::parse(text); name && name->state == SnapshotFileName::State::whole)
        SLUICE_ASSERT(snapshot_file_name(name->id) == text);
      return 0;
    case 2:
      if (const auto voters = VoterSet::parse(text, "CONTROLLER"))
        SLUICE_ASSERT(VoterSet::from(voters->record()) == *voters);
      return 0;
    default:
      if (const auto batch = ConstBatchView::parse(input.subspan(1), CrcCheck::skip)) {
        QuorumControl control;
        [[maybe_unused]] const auto taken = control.take(*batch);
      }
      return 0;
  }
}
