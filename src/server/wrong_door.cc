#include "server/wrong_door.h"

#include <array>
#include <string_view>

namespace sluice {
namespace {

constexpr std::string_view kHttpBody =
    "This port speaks the Kafka protocol, not HTTP. Point a Kafka client at it: bootstrap.servers=<this "
    "host>:<this "
    "port>.\n";

// A fatal TLS alert, protocol_version (RFC 8446, section 6): what a TLS client can show its user.
constexpr std::array<unsigned char, 7> kTlsAlert = {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46};

bool is_http(std::string_view text) {
  for (const std::string_view method :
       {"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "})
    if (text.starts_with(method)) return true;
  return false;
}

bool is_tls_handshake(std::string_view text) {
  return text.size() >= 3 && text[0] == 0x16 && text[1] == 0x03 && text[2] <= 0x04;
}

}  // namespace

WrongDoor recognise(Bytes first_bytes) {
  const std::string_view text = as_text(first_bytes);
  if (is_http(text)) {
    std::string answer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ";
    answer += std::to_string(kHttpBody.size()) + "\r\n\r\n";
    answer += kHttpBody;
    return {std::move(answer), "an HTTP request; this port speaks the Kafka protocol"};
  }
  if (is_tls_handshake(text)) {
    return {std::string(reinterpret_cast<const char*>(kTlsAlert.data()), kTlsAlert.size()),
            "a TLS handshake on a PLAINTEXT listener; set security.protocol=PLAINTEXT in the client, or give this "
            "listener a certificate"};
  }
  return {};
}

}  // namespace sluice
