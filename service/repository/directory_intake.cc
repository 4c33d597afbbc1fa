#include "service/repository/directory_intake.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "agent/courier/directory_transport.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"
#include "service/repository/problem.h"

namespace tributary {
namespace {

constexpr std::uint64_t largest_manifest = 256U << 10U;
constexpr std::size_t most_at_a_time = 10'000;
constexpr std::string_view prefix = "site=";
constexpr std::string_view ending = ".jws";

void remove_if_there(FileSystem& files, const std::filesystem::path& file) {
    try {
        files.remove(file);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
            throw;
        }
    }
}

/// One file that is gone, too large or no file at all holds up nothing but itself.
template <typename Take>
IntakeResult or_refused(Take take) {
    try {
        return take();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::limit) {
            return refusal(IntakeResult::Kind::too_large, error.what());
        }
        if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::refused) {
            return refusal(IntakeResult::Kind::malformed, error.what());
        }
        throw;
    }
}

}  // namespace

DirectoryIntake::DirectoryIntake(FileSystem& files, const std::vector<std::filesystem::path>& folders,
                                 Authority authority, Ledger& ledger, Intake& intake, RunIntake& runs,
                                 std::uint64_t largest_chunk, Clock& clock, Log& log)
    : files_(files),
      folders_(folders),
      authority_(std::move(authority)),
      ledger_(ledger),
      intake_(intake),
      runs_(runs),
      largest_chunk_(largest_chunk),
      clock_(clock),
      log_(log) {}

void DirectoryIntake::look(const std::function<bool()>& stop) {
    for (const auto& folder : folders_) {
        std::vector<std::string> names;
        try {
            names = files_.list(folder);
            told_.erase(folder);
        } catch (const Error& error) {
            tell_once(folder, error.what());
            continue;
        }
        for (const auto& name : names) {
            const auto site = std::string_view(name).substr(std::min(prefix.size(), name.size()));
            if (!name.starts_with(prefix) || !is_site(site)) {
                continue;
            }
            try {
                look_into(folder / name, std::string(site), stop);
                told_.erase(folder / name);
            } catch (const Error& error) {
                tell_once(folder / name, error.what());
            }
        }
    }
}

void DirectoryIntake::tell_once(const std::filesystem::path& folder, const std::string& what) {
    auto& told = told_[folder];
    if (told != what) {
        told = what;
        log_.error("nothing is taken from a folder", {{"folder", folder.string()}, {"error", what}});
    }
}

void DirectoryIntake::look_into(const std::filesystem::path& folder, const std::string& site,
                                const std::function<bool()>& stop) {
    const auto chunks = waiting_in(folder / SharedDirectory::chunks);
    const auto runs = waiting_in(folder / SharedDirectory::runs);
    if (chunks.empty() && runs.empty()) {
        return;
    }
    const Peer peer = peer_of(folder, site);
    for (const auto& chunk : chunks) {
        if (stop()) {
            return;
        }
        take_chunk(folder, peer, chunk.id);
    }
    for (const auto& run : runs) {
        if (stop()) {
            return;
        }
        take_run(folder, peer, run.id);
    }
}

/// In the order in which they came: the first of a new queue must not overtake the last of the one before.
std::vector<DirectoryIntake::Waiting> DirectoryIntake::waiting_in(const std::filesystem::path& folder) {
    std::vector<Waiting> waiting;
    if (!files_.exists(folder)) {
        return waiting;
    }
    for (const auto& name : files_.list(folder)) {
        if (name.starts_with('.') && name.ends_with(".tmp")) {
            remove_left_over(folder / name);
            continue;
        }
        if (!name.ends_with(ending) || waiting.size() == most_at_a_time) {
            continue;
        }
        const auto id = name.substr(0, name.size() - ending.size());
        const auto stamp = files_.stamp(folder / name);
        if (is_chunk_id(id) && stamp.regular) {
            waiting.push_back({stamp.modified_ns, id});
        }
    }
    std::sort(waiting.begin(), waiting.end(),
              [](const Waiting& a, const Waiting& b) { return std::tie(a.since, a.id) < std::tie(b.since, b.id); });
    return waiting;
}

/// What a site that crashed was writing.
void DirectoryIntake::remove_left_over(const std::filesystem::path& file) {
    constexpr auto long_enough = std::chrono::hours(24);
    const auto stamp = files_.stamp(file);
    const TimePoint modified{
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(stamp.modified_ns))};
    if (stamp.regular && modified + long_enough < clock_.now()) {
        remove_if_there(files_, file);
    }
}

Peer DirectoryIntake::peer_of(const std::filesystem::path& folder, const std::string& site) {
    const auto file = folder / SharedDirectory::certificate;
    const auto chain = Certificate::chain_from_pem(read_plain(file, longest_pem), file.string());
    const auto& certificate = chain.front();
    const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::refused, file.string() + ": " + why); };
    if (const auto why = authority_.why_not_issued(chain); !why.empty()) {
        refuse("the authority has not issued it: " + why);
    }
    if (certificate.common_name() != site) {
        refuse("it is not the certificate of site " + site);
    }
    if (const auto now = clock_.now(); now < certificate.not_before() || now >= certificate.not_after()) {
        refuse("it is valid from " + to_rfc3339(certificate.not_before()) + " to " +
               to_rfc3339(certificate.not_after()));
    }
    if (ledger_.is_revoked(site, certificate)) {
        refuse("it is revoked");
    }
    return {site, certificate};
}

void DirectoryIntake::take_chunk(const std::filesystem::path& folder, const Peer& peer, const std::string& id) {
    const auto manifest = folder / SharedDirectory::chunks / (id + ".jws");
    const auto sealed = folder / SharedDirectory::chunks / (id + ".cms");
    answer(folder, id, or_refused([&] {
               auto result = intake_.announce(peer, peer.site, id, read_plain(manifest, largest_manifest));
               if (result.kind != IntakeResult::Kind::partial) {
                   return result;
               }
               const auto bytes = read_plain(sealed, largest_chunk_);
               const std::uint64_t held = result.held;
               if (held > bytes.size()) {
                   return refusal(IntakeResult::Kind::digest_mismatch,
                                  "the chunk is shorter than what was taken of it");
               }
               if (auto refused = intake_.check(peer, peer.site, id, held, bytes.size() - held, true)) {
                   return *std::move(refused);
               }
               return intake_.append(peer, peer.site, id, held, std::string_view(bytes).substr(held));
           }));
    remove_if_there(files_, manifest);  // first: what has no manifest is no chunk
    remove_if_there(files_, sealed);
}

void DirectoryIntake::take_run(const std::filesystem::path& folder, const Peer& peer, const std::string& id) {
    const auto manifest = folder / SharedDirectory::runs / (id + ".jws");
    answer(folder, id,
           or_refused([&] { return runs_.close(peer, peer.site, id, read_plain(manifest, largest_manifest)); }));
    remove_if_there(files_, manifest);
}

void DirectoryIntake::answer(const std::filesystem::path& folder, const std::string& id, const IntakeResult& result) {
    if (result.kind == IntakeResult::Kind::receipt) {
        put(folder / SharedDirectory::receipts / (id + ".jws"), result.receipt);
        return;
    }
    const Problem problem = problem_of(result);
    log_.warning("what lay in a folder was not taken",
                 {{"folder", folder.string()}, {"id", id}, {"detail", clean_text(problem.detail)}});
    put(folder / SharedDirectory::refused / (id + ".txt"), clean_text(problem.title + ": " + problem.detail));
}

/// Neither a pipe, at which one waits for ever, nor a link, which leads elsewhere.
std::string DirectoryIntake::read_plain(const std::filesystem::path& file, std::uint64_t limit) {
    if (!files_.stamp(file).regular) {
        throw Error(ErrorCode::refused, file.string() + " is no plain file");
    }
    return read_file(files_, file, limit);
}

void DirectoryIntake::put(const std::filesystem::path& file, const std::string& text) {
    files_.create_folders(file.parent_path());
    write_file_durably(files_, file, text);
}

}  // namespace tributary
