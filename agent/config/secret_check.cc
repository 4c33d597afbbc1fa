#include "agent/config/secret_check.h"

#include <algorithm>
#include <array>

#include "agent/config/quoted_text.h"

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

}  // namespace tributary
