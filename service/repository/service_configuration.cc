#include "service/repository/service_configuration.h"

#include <charconv>

#include "service/repository/ledger/postgres_connection.h"

namespace tributary {
namespace {

using Path = std::filesystem::path;

constexpr std::size_t most_earlier_keys = 16;
enum class KeyNeeded { no, yes };

class Reader {
  public:
    Reader(const Path& file, Diagnostics& diagnostics) : folder_(file.parent_path()), diagnostics_(diagnostics) {}

    Path path(MappingReader& mapping, std::string_view key) const {
        const std::string text = mapping.required_text(key);
        return text.empty() ? Path() : (folder_ / text).lexically_normal();
    }

    /// A file, or the URL of a database.
    LedgerLocation ledger(MappingReader& mapping) const {
        const std::string text = mapping.required_text("ledger");
        if (!LedgerLocation::is_url(text)) {
            if (text.find("://") != std::string::npos) {
                mapping.error_at("ledger", "must be a file, or a URL that begins with postgresql://");
            }
            return text.empty() ? Path() : (folder_ / text).lexically_normal();
        }
        if (const auto why = why_no_ledger_url(text); !why.empty()) {
            mapping.error_at("ledger", "the ledger's URL " + why);
        }
        return {text, std::filesystem::absolute(folder_ / ".").lexically_normal()};
    }

    /// A list of mappings of 'certificate' and 'private_key'.
    std::vector<EarlierKey> earlier_keys(MappingReader& mapping, const char* key, KeyNeeded needed) const {
        const YamlNode* const node = mapping.node(key);
        std::vector<EarlierKey> keys;
        if (node == nullptr) {
            return keys;
        }
        if (!node->is_sequence() || node->items.size() > most_earlier_keys) {
            mapping.error_at(key, "must be a list of at most " + std::to_string(most_earlier_keys) +
                                      " entries of the form {certificate: FILE, private_key: FILE}");
            return keys;
        }
        for (const auto& item : node->items) {
            MappingReader entry(item, std::string("an entry of '") + key + "'", diagnostics_);
            EarlierKey earlier;
            earlier.certificate = path(entry, "certificate");
            if (needed == KeyNeeded::yes || entry.node("private_key") != nullptr) {
                earlier.private_key = path(entry, "private_key");
            }
            entry.finish();
            keys.push_back(std::move(earlier));
        }
        return keys;
    }

    void folders(const YamlNode* node, ServiceConfiguration& into) {
        if (node == nullptr) {
            return;
        }
        MappingReader mapping(*node, "'folders'", diagnostics_);
        into.store = path(mapping, "store");
        into.landing = path(mapping, "landing");
        mapping.finish();
    }

    /// ADDRESS:PORT; nothing, with an error, if it is not.
    static std::optional<ListenAddress> address(MappingReader& mapping, const char* key, const std::string& text) {
        const std::size_t colon = text.rfind(':');
        unsigned port = 0;
        bool good = colon != std::string::npos && colon > 0;
        if (good) {
            const char* end = text.data() + text.size();
            const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, port);
            good = fault == std::errc() && stop == end && port <= 65535;
        }
        if (!good) {
            mapping.error_at(key, "must be ADDRESS:PORT, such as \"127.0.0.1:8443\"");
            return std::nullopt;
        }
        return ListenAddress{text.substr(0, colon), static_cast<std::uint16_t>(port)};
    }

    static void listen(MappingReader& mapping, ServiceConfiguration& into) {
        if (const auto given = address(mapping, "listen", mapping.text("listen", "127.0.0.1:8443"))) {
            into.host = given->host;
            into.port = given->port;
        }
    }

    static void metrics(MappingReader& mapping, ServiceConfiguration& into) {
        const std::string text = mapping.text("metrics", "");
        if (text.empty()) {
            return;
        }
        into.metrics = address(mapping, "metrics", text);
        if (into.metrics && !into.metrics->host.starts_with("127.") && into.metrics->host != "localhost") {
            mapping.error_at("metrics", "must be of this computer (127.0.0.1:PORT): there is no TLS and no password");
        }
    }

    void enrolment(const YamlNode* node, ServiceConfiguration& into) {
        if (node == nullptr) {
            return;
        }
        MappingReader mapping(*node, "'enrolment'", diagnostics_);
        EnrolmentConfiguration given;
        if (const std::string text = mapping.required_text("listen"); !text.empty()) {
            given.listen = address(mapping, "listen", text).value_or(ListenAddress());
        }
        given.certificate = path(mapping, "certificate");
        given.private_key = path(mapping, "private_key");
        constexpr std::int64_t hours_a_day = 24;
        constexpr std::int64_t most_days = 825;
        given.lifetime = std::chrono::hours(
            hours_a_day * mapping.integer("lifetime_days", given.lifetime.count() / hours_a_day, 1, most_days));
        mapping.finish();
        into.enrolment = std::move(given);
    }

    void limits(const YamlNode* node, ServiceConfiguration& into) {
        if (node == nullptr) {
            return;
        }
        MappingReader mapping(*node, "'limits'", diagnostics_);
        const auto mebibytes = [&](std::string_view key, std::uint64_t bytes, std::int64_t most) {
            const auto given = mapping.integer(key, static_cast<std::int64_t>(bytes >> 20U), 1, most);
            return static_cast<std::uint64_t>(given) << 20U;
        };
        into.limits.sealed_bytes = mebibytes("sealed_mib", into.limits.sealed_bytes, 256);
        into.limits.plain_bytes = mebibytes("plain_mib", into.limits.plain_bytes, std::int64_t{1} << 20U);
        const auto gibibytes =
            mapping.integer("gib_per_site_and_day", static_cast<std::int64_t>(into.limits.bytes_a_day >> 30U), 1,
                            std::int64_t{1} << 20U);
        into.limits.bytes_a_day = static_cast<std::uint64_t>(gibibytes) << 30U;
        into.connections_per_site = static_cast<std::size_t>(
            mapping.integer("connections_per_site", static_cast<std::int64_t>(into.connections_per_site), 1, 1024));
        into.connections = static_cast<int>(mapping.integer("connections", into.connections, 1, 1024));
        into.uploads_per_site = static_cast<std::size_t>(
            mapping.integer("uploads_per_site", static_cast<std::int64_t>(into.uploads_per_site), 1, 100'000));
        into.timeout = std::chrono::seconds(mapping.integer("timeout_seconds", into.timeout.count(), 1, 3600));
        mapping.finish();
    }

    void log(const YamlNode* node, LogConfiguration& into) {
        if (node == nullptr) {
            return;
        }
        MappingReader mapping(*node, "'log'", diagnostics_);
        const std::string to = mapping.choice("to", {"terminal", "file", "none"}, "terminal");
        const std::string level = mapping.choice("level", {"error", "warning", "info", "debug"}, "info");
        const std::string format = mapping.choice("format", {"text", "json"}, "text");
        into.target = to == "file"   ? LogConfiguration::Target::file
                      : to == "none" ? LogConfiguration::Target::none
                                     : LogConfiguration::Target::terminal;
        into.level = level == "error"     ? LogLevel::error
                     : level == "warning" ? LogLevel::warning
                     : level == "debug"   ? LogLevel::debug
                                          : LogLevel::info;
        into.format = format == "json" ? LogFormat::json : LogFormat::text;
        const std::string file = mapping.text("file", "");
        if (into.target == LogConfiguration::Target::file && file.empty()) {
            mapping.error_at("file", "is needed with 'to: file'");
        }
        into.file = file.empty() ? Path() : (folder_ / file).lexically_normal();
        mapping.finish();
    }

  private:
    Path folder_;
    Diagnostics& diagnostics_;
};

}  // namespace

ServiceConfiguration read_service_configuration(const YamlNode& document, const Path& file, Diagnostics& diagnostics) {
    ServiceConfiguration configuration;
    MappingReader mapping(document, "the configuration", diagnostics);
    Reader reader(file, diagnostics);
    reader.folders(mapping.required_node("folders"), configuration);
    configuration.ledger = reader.ledger(mapping);
    Reader::listen(mapping, configuration);
    Reader::metrics(mapping, configuration);
    configuration.authority = reader.path(mapping, "authority");
    configuration.certificate = reader.path(mapping, "certificate");
    configuration.private_key = reader.path(mapping, "private_key");
    configuration.signing_certificate = reader.path(mapping, "signing_certificate");
    configuration.signing_key = reader.path(mapping, "signing_key");
    configuration.earlier_signing_keys = reader.earlier_keys(mapping, "earlier_signing_keys", KeyNeeded::no);
    const bool opens = mapping.node("decryption_key") != nullptr;
    if (opens || mapping.node("encryption_certificate") != nullptr) {
        configuration.encryption_certificate = reader.path(mapping, "encryption_certificate");
    }
    if (opens) {
        configuration.decryption_key = reader.path(mapping, "decryption_key");
    }
    configuration.earlier_decryption_keys = reader.earlier_keys(mapping, "earlier_decryption_keys", KeyNeeded::yes);
    if (!opens && !configuration.earlier_decryption_keys.empty()) {
        mapping.error_at("earlier_decryption_keys", "are of use beside a 'decryption_key' alone");
    }
    if (mapping.node("sites") != nullptr) {
        configuration.sites = reader.path(mapping, "sites");
    }
    for (const auto& folder : mapping.texts("directories")) {
        configuration.directories.push_back((file.parent_path() / folder).lexically_normal());
    }
    reader.enrolment(mapping.node("enrolment"), configuration);
    reader.limits(mapping.node("limits"), configuration);
    reader.log(mapping.node("log"), configuration.log);
    mapping.finish();
    return configuration;
}

ServiceConfiguration load_service_configuration(const Path& file) {
    const YamlNode document = parse_yaml_file(file.string());
    Diagnostics diagnostics;
    ServiceConfiguration configuration = read_service_configuration(document, file, diagnostics);
    diagnostics.throw_if_errors();
    return configuration;
}

}  // namespace tributary
