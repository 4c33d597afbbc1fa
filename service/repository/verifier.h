#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/courier/receipt.h"
#include "agent/keys/certificate.h"
#include "agent/platform/file.h"
#include "service/repository/ledger/ledger.h"
#include "service/repository/store.h"

namespace tributary {

struct Verification {
    std::uint64_t chunks = 0;
    std::uint64_t rows = 0;
    std::uint64_t sealed_bytes = 0;
    std::uint64_t landed = 0;
    std::uint64_t waiting = 0;        ///< stored, not landed yet
    std::uint64_t runs = 0;           ///< manifests of runs
    std::vector<std::string> faults;  ///< one line each: site, stream, sequence, chunk, what is wrong
    std::vector<Gap> gaps;            ///< open ones, worked out from the chunks
    std::vector<std::string> strays;  ///< files of the store that the ledger does not know
    bool sound() const noexcept { return faults.empty() && gaps.empty(); }
};

/// Checks everything that the repository acknowledged against what lies on the disk: the sealed bytes, the signed
/// manifest, the receipt, the landed rows, the streams' chains, the manifests of runs; and that nothing else has
/// landed. Reads only; a server may be at work meanwhile.
class Verifier {
  public:
    Verifier(Ledger& ledger, FileSystem& files, std::filesystem::path store, std::filesystem::path landing,
             ReceiptSigners signing);
    /// `progress` (may be empty) is told after each chunk.
    Verification run(const std::function<void(const Verification&)>& progress = {});

  private:
    void check(const LedgerChunk& chunk, Verification& result);
    std::string sealed_fault(const LedgerChunk& chunk);
    std::string manifest_fault(const LedgerChunk& chunk);
    std::string receipt_fault(const LedgerChunk& chunk);
    std::string landed_fault(const LedgerChunk& chunk);
    void check(const LedgerRun& run, Verification& result);
    std::string run_fault(const LedgerRun& run);
    void find_strays(Verification& result);
    void find_unknown_landings(Verification& result);
    bool is_landing_of(const std::string& site, const std::string& file);
    const Certificate& site_certificate(const std::string& fingerprint);

    Ledger& ledger_;
    FileSystem& files_;
    std::filesystem::path folder_;
    Store store_;
    std::filesystem::path landing_;
    ReceiptSigners signing_;
    std::map<std::string, Certificate> certificates_;
};

}  // namespace tributary
