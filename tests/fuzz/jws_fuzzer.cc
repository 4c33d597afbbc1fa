// No signature that the fuzzer makes up may be accepted: it does not know the key. The seeds are signed by another one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/keys/jws.h"
#include "agent/platform/error.h"

namespace {

// Its private key was never stored.
constexpr const char* signer_pem = R"(-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUB1Ke0bIxfoOrgwTFJ9e16MA0GAkwCgYIKoZIzj0EAwIw
JjEWMBQGA1UECgwNUm95YWwgRXhhbXBsZTEMMAoGA1UEAwwDUlZXMB4XDTI2MTEy
MzAyMTUxMFoXDTM2MTEyMDAyMTUxMFowJjEWMBQGA1UECgwNUm95YWwgRXhhbXBs
ZTEMMAoGA1UEAwwDUlZXMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb1KYJ0UO
svLBZisIQpNRCtY5xuZ+QU4umu/oj4ZwtoNboGyfIHW6a6aO3mg46OmVT6OLJdCI
a/XadVhs7ePW5qNTMFEwHQYDVR0OBBYEFKhswQinyYgywfom1XiK2L4Ewr3GMB8G
A1UdIwQYMBaAFKhswQinyYgywfom1XiK2L4Ewr3GMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgLlbyyzlBFQC/fJUphsns9TDF1ARMVj9p+/RR0A7o
+iACIQDpmx9pk+upCYTrgsqWgKFZzhww0GIKFOzBG6wRO+dDIA==
-----END CERTIFICATE-----
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto signer = tributary::Certificate::from_pem(signer_pem, "signer");
    try {
        tributary::verify_jws({reinterpret_cast<const char*>(data), size}, signer);
    } catch (const tributary::Error& error) {
        if (error.code() == tributary::ErrorCode::refused) {
            return 0;
        }
    }
    std::abort();
}
