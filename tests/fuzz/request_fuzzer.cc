// A frame from a client: header and body, as the broker reads them before it knows who sends.
#include "wire/frame.h"
#include "wire_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const Bytes frame = std::as_bytes(std::span(data, size));
  const Result<wire::OpenedRequest> opened = wire::open_request(frame);
  if (!opened) return 0;
  fuzz::recode_twice(wire::MessageKind::request, std::to_underlying(opened->header.request_api_key),
                     opened->header.request_api_version, opened->body, wire::kRequestMemory);
  return 0;
}
