#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// What the other side answered.
struct Answer {
    enum class Kind {
        receipt,      ///< it holds the whole chunk; `receipt` is set
        partial,      ///< it holds `held` bytes
        handed_over,  ///< it lies where the other side finds it; the receipt comes later, not before `retry_after`
        unannounced,  ///< it does not know of the chunk (any more): announce again
        later,        ///< 425, 429, 5xx, or nothing a repository says: try again, not before `retry_after`
        denied,       ///< 401, 403: it takes nothing from this site as things stand; the chunk is not at fault
        refused       ///< it will never take this chunk; `message` says why
    };
    Kind kind = Kind::later;
    std::uint64_t held = 0;
    std::string receipt;
    std::optional<std::chrono::seconds> retry_after;
    std::string message;  ///< for people; the status and the problem detail, cleaned of control characters, at most 300
                          ///< characters
};

/// A way to the repository: one connection, or a folder that both sides reach. What an HTTP request does is said below;
/// a folder does the like. One thread at a time. Throws Error(network) when the connection fails or
/// times out, Error(key) when TLS does, in words that name the cause (expired, wrong host, unknown authority, not yet
/// valid: clock?).
class Transport {
  public:
    virtual ~Transport() = default;
    /// PUT /v1/sites/{site}/chunks/{id} with the manifest as a JWS.
    virtual Answer announce(const std::string& chunk_id, const std::string& manifest_jws) = 0;
    /// PATCH of the same resource: the bytes from `offset` to the end. Throws Error(stopped) when `stop()` says so
    /// before all are sent; what has arrived by then counts.
    virtual Answer send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                        const std::function<bool()>& stop) = 0;
    /// PUT /v1/sites/{site}/runs/{run} with the run manifest as a JWS; answers with its receipt.
    virtual Answer close_run(const std::string& run, const std::string& run_manifest_jws) = 0;
    /// The receipt of this chunk or run was read: it is stored now, or it was wrong. What the way keeps of it may go.
    virtual void forget_receipt(const std::string& id) = 0;
    /// Lets go of the connection, if there is one: the other side has only so many. The next request opens another.
    virtual void close() = 0;
};

}  // namespace tributary
