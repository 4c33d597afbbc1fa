#include "service/agent/repository_connections.h"

#include "agent/config/network_address.h"
#include "agent/courier/https_transport.h"

namespace tributary {

std::vector<std::unique_ptr<Transport>> make_connections(const Installation& installation, Clock& clock) {
    constexpr std::uint16_t https = 443;
    const auto& configuration = installation.configuration();
    const auto& repository = configuration.repository;
    HttpsTransportConfiguration transport;
    transport.url = repository.url;
    transport.site = configuration.site;
    transport.authority = repository.authority;
    transport.certificate = repository.certificate;
    transport.private_key = repository.private_key;
    transport.connect_timeout = repository.connect_timeout;
    transport.answer_timeout = repository.answer_timeout;
    if (const auto bits = configuration.upload.bandwidth) {
        transport.bandwidth = std::make_shared<Bandwidth>(*bits / 8, clock);
    }
    if (const auto& proxy = repository.proxy;
        proxy && !is_among_hosts(address_of(repository.url, https).host, proxy->no_proxy)) {
        const auto address = address_of(proxy->url, 0);
        transport.proxy = ProxyConfiguration{address.host, address.port, proxy->user, installation.proxy_password()};
    }
    std::vector<std::unique_ptr<Transport>> connections;
    for (unsigned i = 0; i < configuration.upload.connections; ++i) {
        connections.push_back(std::make_unique<HttpsTransport>(transport, clock));
    }
    return connections;
}

}  // namespace tributary
