#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/courier/transport.h"
#include "agent/platform/file.h"

namespace tributary {

/// How a site and the repository speak through a folder that both reach, a network share say. Below it, for site RVW:
///   site=RVW/certificate.pem          of the site, which has signed the manifests
///   site=RVW/chunks/ID.cms, ID.jws    a chunk, then its manifest: what has a manifest is whole
///   site=RVW/runs/ID.jws              the manifest of a run that is over
///   site=RVW/receipts/ID.jws          what the repository answers, for a chunk or a run
///   site=RVW/refused/ID.txt           why it does not take it; nobody has signed that, and nothing is thrown away for
///   it
/// Every file is written under a temporary name, synced and renamed.
struct SharedDirectory {
    static constexpr const char* certificate = "certificate.pem";
    static constexpr const char* chunks = "chunks";
    static constexpr const char* runs = "runs";
    static constexpr const char* receipts = "receipts";
    static constexpr const char* refused = "refused";
    static std::filesystem::path of_site(const std::filesystem::path& directory, const std::string& site) {
        return directory / ("site=" + site);
    }
};

struct DirectoryTransportConfiguration {
    std::filesystem::path directory;  ///< must exist: it is never made, as a share that is not mounted is no place
    std::string site;
    std::filesystem::path certificate;  ///< the site's, PEM
};

/// Delivers into a folder from which the repository takes. Nobody but the repository can make a receipt, so that the
/// folder and whoever reaches it need not be trusted: they can hold up, and see sizes and times.
class DirectoryTransport final : public Transport {
  public:
    DirectoryTransport(DirectoryTransportConfiguration configuration, FileSystem& files);

    Answer announce(const std::string& chunk_id, const std::string& manifest_jws) override;
    /// All of the bytes: there is nothing half there to go on from.
    Answer send(const std::string& chunk_id, std::uint64_t offset, std::string_view bytes,
                const std::function<bool()>& stop) override;
    Answer close_run(const std::string& run, const std::string& run_manifest_jws) override;
    void forget_receipt(const std::string& id) override;
    void close() override {}

  private:
    /// What has come back for it: a receipt, or why it was not taken.
    std::optional<Answer> answered(const std::string& id);
    std::filesystem::path place(const char* folder, const std::string& name) const;
    void put(const std::filesystem::path& file, std::string_view bytes);
    void put_certificate();

    DirectoryTransportConfiguration configuration_;
    FileSystem& files_;
    std::string announced_;  // id of the chunk whose manifest is at hand
    std::string manifest_;
};

}  // namespace tributary
