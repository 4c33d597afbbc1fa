#include "tests/unit/audit/site_log.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include "agent/audit/audit_read.h"

namespace tributary::testing {

AuditLog SiteLog::log(std::uint64_t rotate_bytes, FileSystem& files) {
    return AuditLog(
        data.path(), "RVW", site.key, files, clock, [this](const std::string& text) { warnings.push_back(text); },
        rotate_bytes);
}

void SiteLog::fill(std::uint64_t lines, std::uint64_t rotate_bytes) {
    auto audit = log(rotate_bytes);
    for (std::uint64_t i = 1; i < lines; ++i) {
        audit.append(AuditEvent::delivery, some_delivery(i));
        clock.time += std::chrono::minutes(1);
    }
}

std::string SiteLog::content(const std::string& name) const {
    std::ifstream stream(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void SiteLog::set_content(const std::string& text, const std::string& name) const {
    std::ofstream(file(name), std::ios::binary | std::ios::trunc) << text;
}

std::vector<std::string> SiteLog::lines(const std::string& name) const {
    std::istringstream stream(content(name));
    std::vector<std::string> found;
    for (std::string line; std::getline(stream, line);) {
        found.push_back(line + "\n");
    }
    return found;
}

AuditVerification SiteLog::verify(const std::vector<AuditAnchor>& anchors) {
    return verify_audit_log(system_files(), data.path(), clock, {PublicKey::of(site.certificate)}, anchors);
}

std::vector<std::string> SiteLog::events() const {
    std::vector<std::string> names;
    for (const auto& line : last_audit_lines(system_files(), data.path(), 1000)) {
        names.push_back(line.event);
    }
    return names;
}

AuditDetails some_delivery(std::uint64_t chunks) {
    return {{"chunks", chunks},
            {"bytes", chunks * 1000},
            {"last_chunk", "00112233445566778899aabbccddeeff"},
            {"last_receipt_sha256", std::string(64, 'a')}};
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) {
        all += (all.empty() ? "" : "\n") + text;
    }
    return all;
}

}  // namespace tributary::testing
