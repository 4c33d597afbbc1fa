#include "agent/config/network_address.h"

#include <algorithm>

#include "agent/schedule/time_text.h"

namespace tributary {

namespace {

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

/// The URL's host (an IPv6 address with its brackets) and what follows it.
std::pair<std::string_view, std::string_view> split(std::string_view url) {
    const auto authority = url.substr(url.find("//") + 2);
    const auto end =
        authority.starts_with('[') ? authority.find(']') + 1 : std::min(authority.find(':'), authority.size());
    return {authority.substr(0, end), authority.substr(end)};
}

std::optional<std::string> why_not_host_and_port(const std::string& form, const std::string& url, bool needs_port) {
    const auto [host, port] = split(url);
    if (!is_host(host) && !is_bracketed_address(host)) {
        return form + ", and nothing after it";
    }
    const auto number =
        port.starts_with(':') && !port.starts_with(":0") ? parse_digits(port.substr(1), 5) : std::nullopt;
    if (port.empty() ? needs_port : !number || *number > 65535) {
        return form + "; the port is a number from 1 to 65535, and nothing comes after it";
    }
    return std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

}  // namespace

std::optional<std::string> why_not_repository_url(const std::string& url) {
    static const std::string form = "must be https://HOST or https://HOST:PORT";
    if (!url.starts_with("https://")) {
        return form + "; nothing is ever sent without TLS";
    }
    if (url.find('@') != std::string::npos) {
        return form + ", without a user name or password; the site certificate is who we are";
    }
    return why_not_host_and_port(form, url, false);
}

std::optional<std::string> why_not_proxy_url(const std::string& url) {
    static const std::string form = "must be http://HOST:PORT";
    if (!url.starts_with("http://")) {
        return form + "; TLS goes through the proxy to the repository";
    }
    if (url.find('@') != std::string::npos) {
        return form + "; the proxy's user and password are settings of their own";
    }
    return why_not_host_and_port(form, url, true);
}

NetworkAddress address_of(const std::string& url, std::uint16_t standard_port) {
    auto [host, port] = split(url);
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto number = port.empty() ? std::nullopt : parse_digits(port.substr(1), 5);
    return {std::string(host), number ? static_cast<std::uint16_t>(*number) : standard_port};
}

bool is_host_pattern(std::string_view text) {
    return text == "*" || is_host(text.starts_with('.') ? text.substr(1) : text) || is_bracketed_address(text);
}

bool is_among_hosts(std::string_view host, const std::vector<std::string>& names) {
    const std::string wanted = lower_case(host);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const std::string pattern = lower_case(name.starts_with('.') ? std::string_view(name).substr(1) : name);
        return pattern == "*" || wanted == pattern || "[" + wanted + "]" == pattern || wanted.ends_with("." + pattern);
    });
}

}  // namespace tributary
