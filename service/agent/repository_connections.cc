#include "service/agent/repository_connections.h"

#include "agent/config/network_address.h"
#include "agent/courier/directory_transport.h"
#include "agent/courier/https_transport.h"

namespace tributary {

std::optional<ProxyConfiguration> proxy_to(const std::string& url, const RepositoryConfiguration& repository,
                                           const std::string& password) {
    constexpr std::uint16_t https = 443;
    const auto& proxy = repository.proxy;
    if (!proxy || is_among_hosts(address_of(url, https).host, proxy->no_proxy)) {
        return std::nullopt;
    }
    const auto address = address_of(proxy->url, 0);
    return ProxyConfiguration{address.host, address.port, proxy->user, password};
}

std::string place_of(const RepositoryConfiguration& repository) {
    return repository.directory.empty() ? repository.url : repository.directory.string();
}

std::vector<std::unique_ptr<Transport>> make_connections(const Installation& installation, Clock& clock) {
    const auto& configuration = installation.configuration();
    const auto& repository = configuration.repository;
    std::vector<std::unique_ptr<Transport>> connections;
    if (!repository.directory.empty()) {
        connections.push_back(std::make_unique<DirectoryTransport>(
            DirectoryTransportConfiguration{repository.directory, configuration.site, repository.certificate},
            system_files()));
        return connections;
    }
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
    transport.proxy = proxy_to(repository.url, repository, installation.proxy_password());
    for (unsigned i = 0; i < configuration.upload.connections; ++i) {
        connections.push_back(std::make_unique<HttpsTransport>(transport, clock));
    }
    return connections;
}

}  // namespace tributary
