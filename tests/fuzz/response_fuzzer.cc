// A frame from a broker or controller. The first four bytes say what was asked: API key and version.
#include "wire/frame.h"
#include "wire_fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.size() < 4) return 0;
  const auto version = load<std::int16_t>(input, 2);
  const wire::ApiInfo* const api = wire::find_api(ApiKey{load<std::int16_t>(input, 0)});
  if (api == nullptr) return 0;
  const Result<wire::OpenedResponse> opened = wire::open_response(input.subspan(4), *api, version);
  if (!opened) return 0;
  fuzz::recode_twice(wire::MessageKind::response, std::to_underlying(api->key), version, opened->body, {});
  return 0;
}
