#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/keys/authority.h"
#include "agent/platform/clock.h"
#include "agent/platform/file.h"
#include "agent/telemetry/log.h"
#include "service/repository/intake.h"
#include "service/repository/run_intake.h"

namespace tributary {

/// Takes what sites have put into folders (agent/courier/directory_transport.h says what lies there) and puts receipts
/// beside it. A folder is as little to be trusted as a network: whose something is, the signature and the authority
/// say. One thread.
class DirectoryIntake {
  public:
    /// All must outlive it.
    DirectoryIntake(FileSystem& files, const std::vector<std::filesystem::path>& folders, Authority authority,
                    Ledger& ledger, Intake& intake, RunIntake& runs, std::uint64_t largest_chunk, Clock& clock,
                    Log& log);

    /// All that lies there now.
    void look(const std::function<bool()>& stop);

  private:
    struct Waiting {
        std::int64_t since = 0;
        std::string id;
    };

    void look_into(const std::filesystem::path& folder, const std::string& site, const std::function<bool()>& stop);
    Peer peer_of(const std::filesystem::path& folder, const std::string& site);
    std::vector<Waiting> waiting_in(const std::filesystem::path& folder);
    void remove_left_over(const std::filesystem::path& file);
    void take_chunk(const std::filesystem::path& folder, const Peer& peer, const std::string& id);
    void take_run(const std::filesystem::path& folder, const Peer& peer, const std::string& id);
    void answer(const std::filesystem::path& folder, const std::string& id, const IntakeResult& result);
    std::string read_plain(const std::filesystem::path& file, std::uint64_t limit);
    void put(const std::filesystem::path& file, const std::string& text);
    void tell_once(const std::filesystem::path& folder, const std::string& what);

    FileSystem& files_;
    std::vector<std::filesystem::path> folders_;
    Authority authority_;
    Ledger& ledger_;
    Intake& intake_;
    RunIntake& runs_;
    std::uint64_t largest_chunk_;
    Clock& clock_;
    Log& log_;
    std::map<std::filesystem::path, std::string> told_;
};

}  // namespace tributary
