#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "agent/courier/bandwidth.h"
#include "agent/courier/https_peer.h"
#include "agent/courier/transport.h"
#include "agent/platform/clock.h"

namespace tributary {

struct HttpsTransportConfiguration {
    std::string url;                    ///< https://host[:port]
    std::string site;                   ///< ODS code
    std::filesystem::path authority;    ///< PEM; the only authority that the repository's certificate may come from
    std::filesystem::path certificate;  ///< the site's, PEM (chain allowed)
    std::filesystem::path private_key;  ///< the site's, PEM
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds answer_timeout{60};
    std::shared_ptr<Bandwidth> bandwidth{};  ///< shared with other connections; no limit if there is none
    std::optional<ProxyConfiguration> proxy{};
};

/// HTTPS with mutual TLS (1.2 at least, 1.3 preferred), one kept-alive connection. Trusts the configured authority and
/// no other, holds the certificate to the host name, follows no redirection, reads at most 256 KiB of an answer.
/// A kept connection that turns out to be dead is opened anew once; both requests may be repeated.
class HttpsTransport : public Transport {
  public:
    /// Throws Error(configuration) for an unusable URL, Error(key) for certificates and keys that cannot be used.
    /// Does not connect yet.
    HttpsTransport(HttpsTransportConfiguration configuration, Clock& clock);
    ~HttpsTransport() override;

    Answer announce(const std::string& chunk_id, const std::string& manifest_jws) override;
    Answer send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                const std::function<bool()>& stop) override;
    Answer close_run(const std::string& run, const std::string& run_manifest_jws) override;
    void forget_receipt(const std::string&) override {}
    void close() override;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
