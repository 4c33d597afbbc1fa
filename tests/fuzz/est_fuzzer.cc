// Bodies of EST and enrolment tokens: whatever comes, it is read or refused as input; a request that is read has shown
// its key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/keys/enrolment_token.h"
#include "agent/keys/est_message.h"
#include "agent/platform/error.h"

namespace {

template <typename Read>
void read_or_refuse(Read read) {
    try {
        read();
    } catch (const tributary::Error& error) {
        if (error.code() != tributary::ErrorCode::input) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_or_refuse([&] { tributary::CertificateRequest::from_der(text); });
    read_or_refuse([&] { tributary::read_est_request(text); });
    read_or_refuse([&] { tributary::read_est_certificates(text); });
    read_or_refuse([&] {
        if (tributary::EnrolmentToken::parse(tributary::EnrolmentToken::parse(text).text()).text() !=
            tributary::EnrolmentToken::parse(text).text()) {
            std::abort();
        }
    });
    return 0;
}
