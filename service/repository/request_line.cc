#include "service/repository/request_line.h"

#include <charconv>

#include "agent/courier/certificate_statement.h"
#include "agent/keys/digest.h"
#include "agent/outbox/manifest.h"

namespace tributary {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

std::optional<Resource> read_path(std::string_view target) {
    if (take(target, "/v1/certificates/")) {
        return is_hex(target, challenge_bytes)
                   ? std::optional(Resource{Resource::Kind::certificates, "", std::string(target)})
                   : std::nullopt;
    }
    if (!take(target, "/v1/sites/")) {
        return std::nullopt;
    }
    const std::size_t slash = target.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view site = target.substr(0, slash);
    target.remove_prefix(slash);
    const bool of_run = target.starts_with("/runs/");
    if (!take(target, of_run ? "/runs/" : "/chunks/") || !is_site(site) || !is_chunk_id(target)) {
        return std::nullopt;
    }
    return Resource{of_run ? Resource::Kind::run : Resource::Kind::chunk, std::string(site), std::string(target)};
}

std::optional<std::uint64_t> read_offset(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc() || end != text.data() + text.size() || value > (std::uint64_t{1} << 53U)) {
        return std::nullopt;
    }
    return value;
}

std::optional<bool> read_structured_boolean(std::string_view text) {
    if (text == "?1" || text == "?0") {
        return text == "?1";
    }
    return std::nullopt;
}

}  // namespace tributary
