#include "agent/audit/audit_read.h"

#include <deque>
#include <functional>

#include "agent/audit/audit_files.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

std::optional<AuditLine> readable(const AuditFileReader::Line& line) {
    try {
        return line.complete && !line.too_long ? std::optional(parse_audit_line(line.text)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// The newest file first; within a file the lines in their order. `see_file` says whether older ones are needed.
void read_back(FileSystem& files, const std::filesystem::path& data_folder,
               const std::function<void(const AuditFileReader::Line&)>& see_line,
               const std::function<bool()>& see_file) {
    const auto folder = audit_folder(data_folder);
    const auto numbers = audit_file_numbers(files, folder);
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
        const auto path = folder / audit_file_name(*number);
        AuditFileReader reader(files, path, files.stamp(path).size);
        while (const auto line = reader.next()) {
            see_line(*line);
        }
        if (!see_file()) {
            return;
        }
    }
}

std::string text_detail(const AuditLine& line, std::string_view name) {
    for (const auto& detail : line.details) {
        if (const auto* const text = std::get_if<std::string>(&detail.value); text != nullptr && detail.name == name) {
            return *text;
        }
    }
    return {};
}

}  // namespace

std::vector<AuditLine> last_audit_lines(FileSystem& files, const std::filesystem::path& data_folder,
                                        std::size_t count) {
    // Parsed once they are known to be among the last: a file may have hundreds of thousands.
    std::deque<AuditFileReader::Line> found;
    std::deque<AuditFileReader::Line> of_file;
    read_back(
        files, data_folder,
        [&](const AuditFileReader::Line& line) {
            of_file.push_back(line);
            if (of_file.size() > count - found.size()) {
                of_file.pop_front();
            }
        },
        [&] {
            found.insert(found.begin(), of_file.begin(), of_file.end());
            of_file.clear();
            return found.size() < count;
        });
    std::vector<AuditLine> lines;
    for (const auto& line : found) {
        if (auto parsed = readable(line)) {
            lines.push_back(std::move(*parsed));
        }
    }
    return lines;
}

std::map<std::string, std::string> last_audited_policies(FileSystem& files, const std::filesystem::path& data_folder) {
    const auto& name = describe(AuditEvent::policy_changed).name;
    const auto mark = "\"event\":\"" + std::string(name) + "\"";  // sparing the others the parser
    std::map<std::string, std::string> policies;
    std::map<std::string, std::string> of_file;
    read_back(
        files, data_folder,
        [&](const AuditFileReader::Line& text) {
            if (text.text.find(mark) == std::string::npos) {
                return;
            }
            if (const auto line = readable(text); line && line->event == name) {
                of_file[text_detail(*line, "stream")] = text_detail(*line, "policy_sha256");
            }
        },
        [&] {
            policies.merge(of_file);  // what a newer file says stands
            of_file.clear();
            return true;
        });
    return policies;
}

}  // namespace tributary
