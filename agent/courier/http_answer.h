#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/courier/transport.h"
#include "agent/platform/clock.h"

namespace tributary {

/// An HTTP response as it came off the wire: everything in it may be hostile.
struct HttpAnswer {
    int status = 0;
    std::string content_type;
    std::optional<std::string> upload_offset;
    std::optional<std::string> retry_after;
    std::string body;
};

enum class ChunkRequest { announce, send };

/// What the response means for the chunk. Only a problem document (RFC 9457) refuses one: an error page of some proxy
/// on the way is no word of the repository's, and the chunk waits.
Answer read_answer(const HttpAnswer& response, ChunkRequest request, TimePoint now);

/// Is it a problem document (RFC 9457)?
bool is_problem(const HttpAnswer& response);
/// The status, and the title and detail of a problem document; clean text.
std::string problem_text(const HttpAnswer& response);

/// Retry-After (RFC 9110, 10.2.3): seconds or an HTTP date; at most a day, nothing if it is neither.
std::optional<std::chrono::seconds> read_retry_after(std::string_view text, TimePoint now);

}  // namespace tributary
