#include "agent/config/configuration.h"

#include <algorithm>

#include "agent/config/network_address.h"
#include "agent/config/overrides.h"
#include "agent/config/quoted_text.h"
#include "agent/config/schedule_setting.h"
#include "agent/config/secret_check.h"
#include "agent/config/setting_reader.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

using std::chrono::seconds;

/// Reads one document; the parts of it in the order of the file.
class ConfigurationReader {
  public:
    ConfigurationReader(const std::filesystem::path& file, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
        configuration_.file = file;
        std::error_code ignored;  // no working folder: relative paths stay so
        const auto absolute = std::filesystem::absolute(file, ignored);
        folder_ = (ignored ? file : absolute).parent_path();
    }

    Configuration read(const YamlNode& document);

  private:
    bool read_version(SettingReader& top);
    void read_site(SettingReader& top);
    void read_time_zone(SettingReader& top);
    void read_folders(const YamlNode& node);
    void read_repository(const YamlNode& node);
    static void read_url(SettingReader& reader, const char* key, std::string& url);
    void read_proxy(const YamlNode& node);
    void read_queue(const YamlNode& node);
    void read_upload(const YamlNode& node);
    void read_log(const YamlNode& node);
    void read_approval(SettingReader& top);
    void read_sources(const YamlNode& node);
    void read_source(const std::string& name, const YamlNode& node);
    void read_streams(SourceConfiguration& source, const YamlNode& node);
    StreamConfiguration read_stream(const std::string& name, const YamlNode& node);

    /// Reports a name that is none, and says where it stands.
    void check_name(const YamlNode& key, const std::string& of);
    YamlNode options_of(SettingReader& reader);

    Configuration configuration_;
    std::filesystem::path folder_;
    Diagnostics& diagnostics_;
};

Configuration ConfigurationReader::read(const YamlNode& document) {
    check_for_secrets(document, diagnostics_);
    SettingReader top(document, "configuration", folder_, diagnostics_);
    if (!read_version(top)) {
        return std::move(configuration_);  // the rest may mean something else in another version
    }
    read_site(top);
    read_time_zone(top);
    read_folders(top.part("folders"));
    configuration_.workers = static_cast<unsigned>(top.integer("workers", configuration_.workers, 1, 64));
    if (const auto* repository = top.required_node("repository")) {
        read_repository(*repository);
    }
    read_queue(top.part("queue"));
    read_upload(top.part("upload"));
    read_log(top.part("log"));
    read_approval(top);
    if (const auto* sources = top.required_node("sources")) {
        read_sources(*sources);
    }
    top.finish();
    return std::move(configuration_);
}

bool ConfigurationReader::read_version(SettingReader& top) {
    constexpr std::int64_t version = 1;
    const auto* node = top.required_node("tributary");
    if (node == nullptr || node->scalar == std::to_string(version)) {
        return top.integer("tributary", version, version, version) == version;
    }
    top.error_at("tributary", "this program reads version 1 of the format: write 'tributary: 1'");
    return false;
}

void ConfigurationReader::read_site(SettingReader& top) {
    configuration_.site = top.required_text_setting("site");
    const auto& site = configuration_.site;
    const auto is_capital_or_digit = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    if (!site.empty() &&
        (site.size() < 2 || site.size() > 12 || !std::all_of(site.begin(), site.end(), is_capital_or_digit))) {
        top.error_at("site",
                     quoted_text("site") +
                         " must be the organisation's ODS code: 2 to 12 capital letters and digits, such as RVW");
    }
}

void ConfigurationReader::read_time_zone(SettingReader& top) {
    configuration_.time_zone =
        TimeZone::named(top.choice("time_zone", TimeZone::names(), configuration_.time_zone.name()));
}

void ConfigurationReader::read_folders(const YamlNode& node) {
    SettingReader reader(node, "folders", folder_, diagnostics_);
    configuration_.data_folder = reader.path("data", "data");
    if (reader.node("plugins") != nullptr) {
        configuration_.plugin_folder = reader.required_path("plugins");
    }
    configuration_.key_folder = reader.path("keys", "keys");
    reader.finish();
}

void ConfigurationReader::read_repository(const YamlNode& node) {
    SettingReader reader(node, "repository", folder_, diagnostics_);
    auto& repository = configuration_.repository;
    if (reader.node("directory") == nullptr) {
        repository.url = reader.required_text_setting("url");
        read_url(reader, "url", repository.url);
    } else {
        repository.directory = reader.required_path("directory");
        if (reader.node("url") != nullptr) {
            reader.error_at("directory", "'directory' takes the place of 'url'; leave one of them out");
        }
    }
    repository.enrolment = reader.text_setting("enrolment").value_or("");
    read_url(reader, "enrolment", repository.enrolment);
    const auto read_path = [&](const std::string& key, std::filesystem::path& into) {
        into = reader.required_path(key);
        const auto* value = reader.node(key);
        repository.locations[key] = value != nullptr ? value->location : node.location;
    };
    read_path("authority", repository.authority);
    read_path("certificate", repository.certificate);
    read_path("private_key", repository.private_key);
    read_path("encryption_certificate", repository.encryption_certificate);
    read_path("signing_certificate", repository.signing_certificate);
    constexpr seconds longest = std::chrono::hours(1);
    repository.connect_timeout = reader.duration("connect_timeout", repository.connect_timeout, seconds(1), longest);
    repository.answer_timeout = reader.duration("answer_timeout", repository.answer_timeout, seconds(1), longest);
    if (const auto* proxy = reader.node("proxy"); proxy != nullptr && !proxy->is_null()) {
        read_proxy(*proxy);
    }
    reader.finish();
}

void ConfigurationReader::read_proxy(const YamlNode& node) {
    SettingReader reader(node, "repository.proxy", folder_, diagnostics_);
    auto& proxy = configuration_.repository.proxy.emplace();
    proxy.location = node.location;
    proxy.url = reader.required_text_setting("url");
    if (const auto wrong = proxy.url.empty() ? std::nullopt : why_not_proxy_url(proxy.url)) {
        reader.error_at("url", quoted_text("url") + " " + *wrong);
    }
    proxy.user = reader.text_setting("user").value_or("");
    proxy.password = reader.text_setting("password").value_or("");
    check_for_inline_secrets(node, "repository.proxy", diagnostics_);
    if (proxy.user.empty() != proxy.password.empty()) {
        diagnostics_.error(node.location, "repository.proxy: 'user' and 'password' stand together, or neither");
    }
    if (proxy.user.find(':') != std::string::npos) {  // RFC 7617, 2
        reader.error_at("user", "'user' must not have a colon in it");
    }
    proxy.no_proxy = reader.texts("no_proxy");
    for (const auto& host : proxy.no_proxy) {
        if (!is_host_pattern(host)) {
            reader.error_at("no_proxy", "'no_proxy' is a list of hosts, ends of their names (.nhs.uk) or \"*\"");
            break;
        }
    }
    reader.finish();
}

void ConfigurationReader::read_url(SettingReader& reader, const char* key, std::string& url) {
    if (url.ends_with('/')) {
        url.pop_back();
    }
    if (const auto wrong = url.empty() ? std::nullopt : why_not_repository_url(url)) {
        reader.error_at(key, quoted_text(key) + " " + *wrong);
    }
}

void ConfigurationReader::read_queue(const YamlNode& node) {
    SettingReader reader(node, "queue", folder_, diagnostics_);
    auto& queue = configuration_.queue;
    queue.quota = reader.size("quota", queue.quota, {64ULL << 20U, 64ULL << 40U, "64 MiB to 64 TiB, such as 50 GiB"});
    queue.keep_free =
        reader.size("keep_free", queue.keep_free, {1ULL << 20U, 1ULL << 40U, "1 MiB to 1 TiB, such as 2 GiB"});
    queue.reserve = reader.size("reserve", queue.reserve, {1ULL << 20U, 1ULL << 30U, "1 MiB to 1 GiB, such as 32 MiB"});
    queue.open_chunk_age =
        reader.duration("open_chunk_age", queue.open_chunk_age, std::chrono::seconds(1), std::chrono::hours(24));
    reader.finish();
}

void ConfigurationReader::read_upload(const YamlNode& node) {
    SettingReader reader(node, "upload", folder_, diagnostics_);
    auto& upload = configuration_.upload;
    upload.schedule = read_schedule(reader, folder_, configuration_.time_zone, upload.schedule, diagnostics_);
    upload.windows = read_windows(reader, configuration_.time_zone, diagnostics_);
    upload.connections = static_cast<unsigned>(reader.integer("connections", upload.connections, 1, 16));
    upload.bandwidth = reader.bandwidth("bandwidth");
    reader.finish();
}

void ConfigurationReader::read_log(const YamlNode& node) {
    SettingReader reader(node, "log", folder_, diagnostics_);
    auto& log = configuration_.log;
    const auto target = reader.choice("to", {"terminal", "file", "none"}, "terminal");
    log.target = target == "file"   ? LogConfiguration::Target::file
                 : target == "none" ? LogConfiguration::Target::none
                                    : LogConfiguration::Target::terminal;
    log.format = reader.choice("format", {"text", "json"}, "text") == "json" ? LogFormat::json : LogFormat::text;
    const auto level = reader.choice("level", {"error", "warning", "info", "debug"}, "info");
    log.level = level == "error"     ? LogLevel::error
                : level == "warning" ? LogLevel::warning
                : level == "debug"   ? LogLevel::debug
                                     : LogLevel::info;
    log.file = reader.path("file", "logs/tributary.log");
    log.rotate_bytes =
        reader.size("rotate", log.rotate_bytes, {64U << 10U, 1U << 30U, "64 KiB to 1 GiB, such as 10 MiB"});
    log.keep_files = static_cast<int>(reader.integer("keep", log.keep_files, 1, 1000));
    reader.finish();
}

void ConfigurationReader::read_approval(SettingReader& top) {
    configuration_.require_approval = top.boolean("require_approval", false);
    const auto* node = top.node("approvers");
    for (auto& certificate : top.paths("approvers")) {
        configuration_.approvers.push_back({std::move(certificate), node->location});
    }
    if (configuration_.require_approval && configuration_.approvers.empty()) {
        top.error_at("require_approval",
                     "'require_approval' needs 'approvers', a list of the certificates of those whose approval counts");
    }
}

void ConfigurationReader::check_name(const YamlNode& key, const std::string& of) {
    if (!is_name(key.scalar)) {
        diagnostics_.error(key.location, quoted_text(key.scalar) + " cannot be the name of " + of +
                                             "; use lower-case letters, digits and _, beginning with a letter, at "
                                             "most 63");
    }
}

YamlNode ConfigurationReader::options_of(SettingReader& reader) {
    YamlNode options = reader.part("options");
    if (options.is_null()) {
        options.kind = YamlNode::Kind::mapping;
    } else if (!options.is_mapping()) {
        reader.error_at("options", "'options' must be a mapping, that is, lines of the form 'key: value'");
    }
    check_for_inline_secrets(options, reader.what(), diagnostics_);
    return options;
}

void ConfigurationReader::read_sources(const YamlNode& node) {
    if (!node.is_mapping() || node.entries.empty()) {
        diagnostics_.error(node.location,
                           "sources: at least one source is needed, as a name and below it its settings");
        return;
    }
    for (const auto& [key, value] : node.entries) {
        check_name(key, "a source");
        read_source(key.scalar, value);
    }
}

void ConfigurationReader::read_source(const std::string& name, const YamlNode& node) {
    SettingReader reader(node, "source " + quoted_text(name), folder_, diagnostics_);
    SourceConfiguration source;
    source.name = name;
    source.location = node.location;
    source.plugin = reader.required_text_setting("plugin");
    if (const auto* plugin = reader.node("plugin"); plugin != nullptr && !source.plugin.empty()) {
        source.plugin_location = plugin->location;
        check_name(*plugin, "a plugin");
    }
    source.schedule = read_schedule(reader, folder_, configuration_.time_zone, source.schedule, diagnostics_);
    source.options = options_of(reader);
    if (const auto* streams = reader.required_node("streams")) {
        if (!streams->is_mapping() || streams->entries.empty()) {
            reader.error_at("streams", "at least one stream is needed, as a name and below it its settings");
        } else {
            read_streams(source, *streams);
        }
    }
    reader.finish();
    configuration_.sources.push_back(std::move(source));
}

void ConfigurationReader::read_streams(SourceConfiguration& source, const YamlNode& node) {
    for (const auto& [key, value] : node.entries) {
        check_name(key, "a stream");
        for (const auto& other : configuration_.sources) {
            for (const auto& stream : other.streams) {
                if (stream.name == key.scalar) {
                    diagnostics_.error(key.location, "the stream " + quoted_text(key.scalar) +
                                                         " is already in source " + quoted_text(other.name) +
                                                         " (line " + std::to_string(stream.location.line) +
                                                         "); give one of them another name");
                }
            }
        }
        source.streams.push_back(read_stream(key.scalar, value));
    }
}

StreamConfiguration ConfigurationReader::read_stream(const std::string& name, const YamlNode& node) {
    SettingReader reader(node, "stream " + quoted_text(name), folder_, diagnostics_);
    StreamConfiguration stream;
    stream.name = name;
    stream.location = node.location;
    stream.policy = reader.required_path("policy");
    if (const auto* policy = reader.node("policy")) {
        stream.policy_location = policy->location;
    }
    stream.format = reader.choice("format", {"ndjson", "csv"}, stream.format);
    stream.options = options_of(reader);
    reader.finish();
    return stream;
}

}  // namespace

Configuration load_configuration(const std::filesystem::path& file, const ConfigurationOverrides& overrides,
                                 Diagnostics& diagnostics) {
    try {
        return read_configuration(parse_yaml_file(file.string()), file, overrides, diagnostics);
    } catch (const ConfigurationError& error) {
        diagnostics.append(error.diagnostics());
    } catch (const Error& error) {
        diagnostics.error({}, error.what());
    }
    Configuration nothing;
    nothing.file = file;
    return nothing;
}

Configuration read_configuration(const YamlNode& document, const std::filesystem::path& file,
                                 const ConfigurationOverrides& overrides, Diagnostics& diagnostics) {
    return ConfigurationReader(file, diagnostics).read(with_overrides(document, overrides, diagnostics));
}

}  // namespace tributary
