#pragma once

#include <string>

#include "agent/platform/error.h"

namespace tributary {

/// What a TLS failure was: Error(key) for what somebody must put right, Error(network) for a connection that broke.
struct TlsFailure {
    ErrorCode code = ErrorCode::key;
    std::string text;  ///< names the cause and what to do
};

/// `verify_result` is OpenSSL's X509_V_ERR_* of the peer's certificate (0 if it was not that), `library_text` the
/// library's own message ("error:0A000415:SSL routines::sslv3 alert certificate expired").
TlsFailure explain_tls_failure(int verify_result, const std::string& library_text, const std::string& host);

}  // namespace tributary
