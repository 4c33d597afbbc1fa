#include "agent/config/secret_check.h"

#include <algorithm>
#include <array>

#include "agent/config/quoted_text.h"
#include "agent/schedule/time_text.h"

namespace tributary {

namespace {

bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 8> words{"password", "passwd", "pwd",    "passphrase",
                                                    "secret",   "token",  "apikey", "api_key"};
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return lower.ends_with(word); });
}

bool is_reference(const YamlNode& node) {
    return node.is_scalar() && ((node.scalar.starts_with("file:") && node.scalar.size() > 5) ||
                                (node.scalar.starts_with("env:") && node.scalar.size() > 4));
}

/// A name by RFC 1123, or an IPv4 address; IPv6 addresses come in brackets.
bool is_host(std::string_view host) {
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool all_known =
        std::all_of(host.begin(), host.end(), [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
    return !host.empty() && host.size() <= 253 && all_known && is_alphanumeric(host.front()) &&
           is_alphanumeric(host.back()) && host.find("..") == std::string_view::npos;
}

bool is_bracketed_address(std::string_view host) {
    return host.size() > 4 && host.starts_with('[') && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

}  // namespace

void check_for_secrets(const YamlNode& document, Diagnostics& diagnostics) {
    if (document.is_scalar() && document.scalar.find("PRIVATE KEY-----") != std::string::npos) {
        diagnostics.error(document.location,
                          "a private key stands here; keep it in a file of its own that only the agent's account can "
                          "read, and name that file. Treat this key as known to others: have it replaced");
    }
    for (const auto& item : document.items) {
        check_for_secrets(item, diagnostics);
    }
    for (const auto& entry : document.entries) {
        check_for_secrets(entry.second, diagnostics);
    }
}

void check_for_inline_secrets(const YamlNode& options, const std::string& what, Diagnostics& diagnostics) {
    for (const auto& [key, value] : options.entries) {
        if (is_secret_name(key.scalar) && !is_reference(value)) {
            diagnostics.error(value.location,
                              what + ": " + quoted_text(key.scalar) +
                                  " must not stand in this file; refer to it, as file:PATH or env:NAME");
        } else {
            check_for_inline_secrets(value, what, diagnostics);
        }
    }
    for (const auto& item : options.items) {
        check_for_inline_secrets(item, what, diagnostics);
    }
}

std::optional<std::string> why_not_repository_url(const std::string& url) {
    static const std::string form = "must be https://HOST or https://HOST:PORT";
    if (!url.starts_with("https://")) {
        return form + "; nothing is ever sent without TLS";
    }
    const auto authority = std::string_view(url).substr(8);
    if (authority.find('@') != std::string_view::npos) {
        return form + ", without a user name or password; the site certificate is who we are";
    }
    const auto host_end =
        authority.starts_with('[') ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
    const auto host = authority.substr(0, host_end);
    if (!is_host(host) && !is_bracketed_address(host)) {
        return form + ", and nothing after it";
    }
    const auto port = authority.substr(host_end);
    const auto number =
        port.starts_with(':') && !port.starts_with(":0") ? parse_digits(port.substr(1), 5) : std::nullopt;
    if (!port.empty() && (!number || *number > 65535)) {
        return form + "; the port is a number from 1 to 65535, and nothing comes after it";
    }
    return std::nullopt;
}

}  // namespace tributary
