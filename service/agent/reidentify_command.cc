#include <Poco/JSON/Object.h>
#include <Poco/Util/Option.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "agent/deidentify/encrypt_action.h"
#include "agent/keys/base32.h"
#include "agent/keys/json.h"
#include "agent/platform/process.h"
#include "agent/platform/utf8.h"
#include "service/agent/audit_trail.h"
#include "service/agent/commands.h"
#include "service/agent/reason.h"
#include "service/agent/stream_policy.h"

namespace tributary {

namespace {

constexpr std::size_t most_values = 100'000;
constexpr std::size_t longest_value = 1U << 20U;

struct Opened {
    std::vector<std::string> values;  ///< by line; empty where `faults` has something
    std::vector<std::string> faults;
};

const PseudonymColumn& encrypted_column(const CompiledPolicy& policy, const std::string& name) {
    std::vector<std::string> encrypted;
    for (const auto& column : policy.pseudonyms()) {
        if (column.type == "encrypted") {
            if (column.column == name) {
                return column;
            }
            encrypted.push_back(column.column);
        }
    }
    std::string known;
    for (const auto& column : encrypted) {
        known += (known.empty() ? "" : ", ") + column;
    }
    throw Error(ErrorCode::not_found, "the policy of stream '" + policy.stream() + "' encrypts no column of that name" +
                                          (known.empty() ? "; it encrypts none" : "; it encrypts: " + known) +
                                          ". Pseudonyms cannot be opened by anybody");
}

/// The lines of the file or of standard input, less their line ends.
std::vector<std::string> read_values(const CommandLine& line) {
    std::ifstream file;
    if (line.has("input")) {
        file.open(line.value("input", ""), std::ios::binary);
        if (!file) {
            throw Error(ErrorCode::not_found, line.value("input", "") + ": the file cannot be read");
        }
    }
    std::istream& input = line.has("input") ? file : std::cin;
    std::vector<std::string> values;
    for (std::string value; std::getline(input, value);) {
        if (values.size() == most_values || value.size() > longest_value) {
            throw Error(ErrorCode::limit, "more than " + std::to_string(most_values) +
                                              " values, or one of more than 1 MiB; open them in parts");
        }
        if (value.ends_with('\r')) {
            value.pop_back();
        }
        values.push_back(std::move(value));
    }
    if (input.bad()) {
        throw Error(ErrorCode::storage, "the values could not be read to their end");
    }
    return values;
}

/// The policy's key first; then the site's others, with which values of earlier days may have been encrypted.
std::vector<Siv> ciphers_of(const StreamPolicy& stream, const PseudonymColumn& column) {
    std::vector<Siv> ciphers;
    ciphers.push_back(encryption_cipher(*stream.keys.find(column.key_id), column.domain));
    for (const auto& id : stream.keys.ids()) {
        const LinkageKey& key = *stream.keys.find(id);
        if (id != column.key_id && key.region().empty()) {
            ciphers.push_back(encryption_cipher(key, column.domain));
        }
    }
    return ciphers;
}

Opened open_all(const std::vector<std::string>& values, std::vector<Siv> ciphers) {
    Opened opened;
    for (const auto& value : values) {
        std::optional<std::string> plain;
        const auto sealed = from_base32(value);
        for (auto cipher = ciphers.begin(); cipher != ciphers.end() && sealed && !plain; ++cipher) {
            plain = cipher->open(*sealed);
        }
        const bool text = plain && find_invalid_utf8(*plain) == std::string::npos;
        opened.faults.emplace_back(!sealed  ? "it is no encrypted value"
                                   : !plain ? "it was not encrypted under a key of this site, or was changed"
                                   : !text  ? "what it holds is not UTF-8"
                                            : "");
        opened.values.push_back(text ? std::move(*plain) : std::string());
    }
    return opened;
}

int reidentify(const CommandLine& line) {
    forbid_core_dumps();
    const auto reason = reason_of(line, "trial recall, ref 123");
    const auto stream = stream_policy(line);
    const auto& column = encrypted_column(*stream.policy, line.arguments[1]);
    const auto opened = open_all(read_values(line), ciphers_of(stream, column));
    const auto count = static_cast<std::uint64_t>(
        std::count_if(opened.faults.begin(), opened.faults.end(), [](const auto& fault) { return fault.empty(); }));
    if (!can_audit(stream.configuration)) {
        std::cerr << "tributary: nothing is opened where it cannot be audited\n";
        return exit_failed;
    }
    // First the line that says so, then the values: what nobody can account for is not shown.
    log_audit_event(
        stream.configuration, AuditEvent::reidentified,
        {{"stream", stream.policy->stream()}, {"field", column.column}, {"values", count}, {"reason", reason}});
    for (std::size_t i = 0; i < opened.values.size(); ++i) {
        if (!opened.faults[i].empty()) {
            std::cerr << "line " << i + 1 << ": " << opened.faults[i] << '\n';
            continue;
        }
        Poco::JSON::Object object;
        object.set("line", std::uint64_t{i + 1});
        object.set("value", opened.values[i]);
        std::cout << json_text(object) << '\n';
    }
    std::cout.flush();
    return count == opened.values.size() && std::cout ? exit_ok : exit_failed;
}

}  // namespace

Command reidentify_command() {
    Command command;
    command.name = "reidentify";
    command.arguments = "STREAM COLUMN";
    command.summary = "Open values that the policy encrypted, with a reason.";
    command.description =
        "Reads encrypted values, one a line, from standard input or --input, and writes each original as an NDJSON "
        "object with its line's number. Before the first one is shown, the audit log gets a line with stream, column, "
        "count and reason; where that fails, nothing is shown. Only this site can: with its own key.\n"
        "Example: tributary reidentify admissions order_number --reason \"trial recall, ref 123\" --input values.txt";
    command.options = configuration_options();
    command.options.addOption(reason_option());
    command.options.addOption(
        Poco::Util::Option("input", "i", "File with the values (default: standard input).", false, "FILE", true));
    command.fewest = 2;
    command.most = 2;
    command.run = reidentify;
    return command;
}

}  // namespace tributary
