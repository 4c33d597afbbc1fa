#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// Where to connect to.
struct NetworkAddress {
    std::string host;  ///< a name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 0;
};

/// What is wrong with it, or nothing: https://HOST or https://HOST:PORT, no user, path or query.
std::optional<std::string> why_not_repository_url(const std::string& url);

/// Likewise http://HOST:PORT.
std::optional<std::string> why_not_proxy_url(const std::string& url);

/// Of a URL in which nothing was wrong. `standard_port` if it has none.
NetworkAddress address_of(const std::string& url, std::uint16_t standard_port);

/// Whether `host` is one of `names`: a host, the end of hosts' names (".nhs.uk", which "nhs.uk" means too), or "*" for
/// all. Upper and lower case are the same.
bool is_among_hosts(std::string_view host, const std::vector<std::string>& names);
/// What may stand in such a list.
bool is_host_pattern(std::string_view text);

}  // namespace tributary
