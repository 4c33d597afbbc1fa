#include "service/repository/verifier.h"

#include "agent/courier/receipt.h"
#include "agent/keys/digest.h"
#include "agent/keys/jws.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"
#include "service/repository/lander.h"

namespace tributary {
namespace {

constexpr std::uint64_t largest_jws = 256U << 10U;

bool is_row_of(const Manifest& manifest, const LedgerChunk& chunk) {
    return manifest.id == chunk.id && manifest.site == chunk.site && manifest.stream == chunk.stream &&
           manifest.queue == chunk.queue && manifest.run == chunk.run && manifest.sequence == chunk.sequence &&
           manifest.previous == chunk.previous && manifest.rows == chunk.rows &&
           manifest.sealed_bytes == chunk.sealed_bytes && manifest.sealed_sha256 == chunk.sealed_sha256;
}

}  // namespace

Verifier::Verifier(Ledger& ledger, FileSystem& files, std::filesystem::path store, std::filesystem::path landing,
                   ReceiptSigners signing)
    : ledger_(ledger),
      files_(files),
      folder_(std::move(store)),
      store_(files, folder_, 1),
      landing_(std::move(landing)),
      signing_(std::move(signing)) {}

Verification Verifier::run(const std::function<void(const Verification&)>& progress) {
    Verification result;
    ledger_.for_each([&](const LedgerChunk& chunk) {
        check(chunk, result);
        if (progress) {
            progress(result);
        }
    });
    ledger_.for_each_run([&](const LedgerRun& run) { check(run, result); });
    for (std::string& fault : ledger_.wrong_runs()) {
        result.faults.push_back(std::move(fault));
    }
    result.gaps = ledger_.recomputed_gaps();
    find_strays(result);
    find_unknown_landings(result);
    return result;
}

void Verifier::check(const LedgerChunk& chunk, Verification& result) {
    ++result.chunks;
    result.rows += chunk.rows;
    result.sealed_bytes += chunk.sealed_bytes;
    result.landed += chunk.state == StoredState::landed ? 1 : 0;
    result.waiting += chunk.state == StoredState::stored ? 1 : 0;
    const auto fault = [&](const std::string& what) {
        result.faults.push_back("site " + chunk.site + ", stream " + chunk.stream + ", sequence " +
                                std::to_string(chunk.sequence) + ", chunk " + chunk.id + ": " + what);
    };
    for (const auto part :
         {&Verifier::sealed_fault, &Verifier::manifest_fault, &Verifier::receipt_fault, &Verifier::landed_fault}) {
        try {
            if (const std::string what = (this->*part)(chunk); !what.empty()) {
                fault(what);
            }
        } catch (const Error& error) {
            fault(error.what());
        }
    }
}

std::string Verifier::sealed_fault(const LedgerChunk& chunk) {
    if (chunk.removed_rows > 0) {
        return "";  // retracted people stood in it
    }
    const FileDigest digest = digest_file(files_, store_.sealed_file(chunk.site, chunk.stream, chunk.id));
    if (digest.bytes != chunk.sealed_bytes) {
        return "the sealed file has " + std::to_string(digest.bytes) + " bytes, acknowledged were " +
               std::to_string(chunk.sealed_bytes);
    }
    return digest.sha256 == chunk.sealed_sha256 ? "" : "the sealed file's SHA-256 is not the acknowledged one";
}

std::string Verifier::manifest_fault(const LedgerChunk& chunk) {
    const std::string jws = read_file(files_, store_.manifest_file(chunk.site, chunk.stream, chunk.id), largest_jws);
    const std::string text = verify_jws(jws, site_certificate(chunk.certificate));
    if (text != chunk.manifest || to_hex(sha256(text)) != chunk.manifest_sha256) {
        return "the signed manifest is not the one in the ledger";
    }
    return is_row_of(parse_manifest(text), chunk) ? "" : "the ledger's columns are not those of the manifest";
}

std::string Verifier::receipt_fault(const LedgerChunk& chunk) {
    const Receipt receipt = verify_receipt(chunk.receipt, signing_);
    const bool same = receipt.id == chunk.id && receipt.site == chunk.site && receipt.stream == chunk.stream &&
                      receipt.sequence == chunk.sequence && receipt.sealed_sha256 == chunk.sealed_sha256 &&
                      receipt.received == chunk.received;
    return same ? "" : "the receipt is not this chunk's";
}

std::string Verifier::landed_fault(const LedgerChunk& chunk) {
    if (chunk.state == StoredState::unopenable) {
        return "it could not be opened: " + chunk.reason;
    }
    if (chunk.state == StoredState::stored) {
        return "";
    }
    const Manifest manifest = parse_manifest(chunk.manifest);
    const auto is_intact = [&](const LedgerChunk& now) {
        const FileDigest digest = digest_file(files_, landing_ / now.landed_file);
        return now.landed_sha256.empty()
                   ? digest.bytes == manifest.plain_bytes && digest.sha256 == manifest.plain_sha256
                   : digest.sha256 == now.landed_sha256;
    };
    // A retraction may be at work: what the ledger says now counts.
    const bool same = is_intact(chunk) || is_intact(ledger_.find(chunk.site, chunk.id).value_or(chunk));
    return same ? "" : "the landed file " + chunk.landed_file + " is not what the site sent";
}

void Verifier::check(const LedgerRun& run, Verification& result) {
    ++result.runs;
    std::string what;
    try {
        what = run_fault(run);
    } catch (const Error& error) {
        what = error.what();
    }
    if (!what.empty()) {
        result.faults.push_back("site " + run.manifest.site + ", run " + run.manifest.id + ": " + what);
    }
}

std::string Verifier::run_fault(const LedgerRun& run) {
    if (verify_jws(run.jws, site_certificate(run.certificate)) != run.text) {
        return "the signed run manifest is not the one in the ledger";
    }
    const RunReceipt receipt = verify_run_receipt(run.receipt, signing_);
    const bool same = receipt.run == run.manifest.id && receipt.site == run.manifest.site &&
                      receipt.manifest_sha256 == to_hex(sha256(run.text)) && receipt.received == run.received;
    return same ? "" : "the receipt is not this run's";
}

void Verifier::find_strays(Verification& result) {
    for (const std::string& site : files_.list(folder_)) {
        if (!site.starts_with("site=")) {
            continue;
        }
        for (const std::string& stream : files_.list(folder_ / site)) {
            for (const std::string& name : files_.list(folder_ / site / stream)) {
                const std::filesystem::path file(name);
                if (file.extension() == ".cms" && !ledger_.find(site.substr(5), file.stem().string())) {
                    result.strays.push_back(std::string(site).append("/").append(stream).append("/").append(name));
                }
            }
        }
    }
}

void Verifier::find_unknown_landings(Verification& result) {
    const auto folders = [&](const std::filesystem::path& folder, const std::string& beginning) {
        std::vector<std::string> names;
        for (std::string& name : files_.list(folder)) {
            if (name.starts_with(beginning)) {
                names.push_back(std::move(name));
            }
        }
        return names;
    };
    if (!files_.exists(landing_)) {
        return;
    }
    for (const std::string& site : folders(landing_, "site=")) {
        std::vector<std::string> streams = folders(landing_ / site, "stream=");
        for (std::string& stream : folders(landing_ / site, "retractions=")) {
            streams.push_back(std::move(stream));
        }
        for (const std::string& stream : streams) {
            for (const std::string& date : folders(landing_ / site / stream, "date=")) {
                const std::filesystem::path folder = std::filesystem::path(site) / stream / date;
                for (const std::string& name : files_.list(landing_ / folder)) {
                    if (!name.starts_with(".") && !is_landing_of(site.substr(5), (folder / name).generic_string())) {
                        result.faults.push_back("the landed file " + (folder / name).generic_string() +
                                                " is of no acknowledged chunk");
                    }
                }
            }
        }
    }
}

bool Verifier::is_landing_of(const std::string& site, const std::string& file) {
    const auto chunk = ledger_.find(site, std::filesystem::path(file).stem().string());
    if (!chunk) {
        return false;
    }
    // A server at work may have landed it and not said so yet.
    return file == (chunk->state == StoredState::landed
                        ? chunk->landed_file
                        : landing_file(*chunk, parse_manifest(chunk->manifest).format).generic_string());
}

const Certificate& Verifier::site_certificate(const std::string& fingerprint) {
    const auto known = certificates_.find(fingerprint);
    if (known != certificates_.end()) {
        return known->second;
    }
    Certificate certificate =
        Certificate::from_pem(ledger_.certificate(fingerprint), "the ledger's certificate " + fingerprint);
    if (certificate.fingerprint() != fingerprint) {
        throw Error(ErrorCode::corrupt, "the ledger's certificate is not the one of its fingerprint");
    }
    return certificates_.emplace(fingerprint, std::move(certificate)).first->second;
}

}  // namespace tributary
