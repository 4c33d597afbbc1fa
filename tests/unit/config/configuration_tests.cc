#include "agent/config/configuration.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/config/faults.h"
#include "tests/unit/config/tributary_yaml.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::filesystem::path folder = std::filesystem::absolute("site");

struct Reading {
    explicit Reading(const std::string& text, const ConfigurationOverrides& overrides = {})
        : configuration(read_configuration(parse_yaml(text, "tributary.yaml"), folder / "tributary.yaml", overrides,
                                           diagnostics)) {}

    std::string faults() const { return text_of(diagnostics); }

    Diagnostics diagnostics;
    Configuration configuration;
};

/// What is reported when one part of the full configuration is changed.
std::string faults_after(const std::string& from, const std::string& to) {
    return Reading(changed(full_configuration(), from, to)).faults();
}

TimePoint moment(int day, int hour, int minute) {
    return std::chrono::sys_days{std::chrono::year(2026) / 11 / 1} + std::chrono::days(day - 1) +
           std::chrono::hours(hour) + std::chrono::minutes(minute);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration_tests)

BOOST_AUTO_TEST_CASE(every_key_becomes_its_typed_value) {
    const Reading reading(full_configuration());
    BOOST_TEST(reading.faults() == "");
    const auto& configuration = reading.configuration;
    BOOST_TEST(configuration.file == folder / "tributary.yaml");
    BOOST_TEST(configuration.site == "RVW");
    BOOST_TEST(configuration.time_zone.name() == "Europe/London");
    BOOST_TEST(configuration.workers == 4U);
    BOOST_TEST(configuration.data_folder == folder / "queue");
    BOOST_TEST(configuration.key_folder == folder / "keys");
    BOOST_TEST(configuration.repository.url == "https://repository.example:8443");
    BOOST_TEST(configuration.repository.authority == folder / "certificates" / "authority.pem");
    BOOST_TEST(configuration.repository.certificate == folder / "certificates" / "site.pem");
    BOOST_TEST(configuration.repository.private_key == folder / "certificates" / "site.key");
    BOOST_TEST(configuration.repository.encryption_certificate == folder / "certificates" / "encryption.pem");
    BOOST_TEST(configuration.require_approval);
    BOOST_REQUIRE(configuration.approvers.size() == 2U);
    BOOST_TEST(configuration.approvers[0].certificate == folder / "certificates" / "caldicott.pem");
    BOOST_TEST(configuration.approvers[0].location.line == 36U);
    BOOST_TEST(configuration.repository.signing_certificate == folder / "certificates" / "signing.pem");
    BOOST_TEST(configuration.repository.connect_timeout.count() == 5);
    BOOST_TEST(configuration.repository.answer_timeout.count() == 120);
    BOOST_TEST(to_string(configuration.repository.locations.at("private_key")) == "tributary.yaml:10:16");
    BOOST_REQUIRE(configuration.repository.proxy.has_value());
    BOOST_TEST(configuration.repository.proxy->url == "http://proxy.example:3128");
    BOOST_TEST(configuration.repository.proxy->user == "rvw");
    BOOST_TEST(configuration.repository.proxy->password == "file:secrets/proxy");
    BOOST_TEST(configuration.repository.proxy->no_proxy.size() == 2U);
    BOOST_TEST(configuration.upload.connections == 2U);
    BOOST_TEST(*configuration.upload.bandwidth == 20'000'000U);
    BOOST_TEST(configuration.queue.quota == 50ULL << 30U);
    BOOST_TEST(configuration.queue.keep_free == 2ULL << 30U);
    BOOST_TEST(configuration.queue.reserve == 16ULL << 20U);
    BOOST_TEST((configuration.queue.open_chunk_age == std::chrono::seconds(90)));
    BOOST_TEST(configuration.upload.schedule.describe() == "every 5 minutes");
    BOOST_TEST(configuration.upload.windows.open(moment(22, 20, 0)));
    BOOST_TEST(!configuration.upload.windows.open(moment(22, 12, 0)));
    BOOST_TEST((configuration.log.target == LogConfiguration::Target::file));
    BOOST_TEST((configuration.log.format == LogFormat::json));
    BOOST_TEST((configuration.log.level == LogLevel::debug));
    BOOST_TEST(configuration.log.file == folder / "logs" / "a.log");
    BOOST_TEST(configuration.log.rotate_bytes == 20U << 20U);
    BOOST_TEST(configuration.log.keep_files == 3);
}

BOOST_AUTO_TEST_CASE(sources_and_streams_keep_the_files_order_and_their_places) {
    const auto sources = Reading(full_configuration()).configuration.sources;
    BOOST_REQUIRE(sources.size() == 2U);
    const auto& hospital = sources[0];
    BOOST_TEST(hospital.name == "hospital");
    BOOST_TEST(hospital.plugin == "csv");
    BOOST_TEST(to_string(hospital.plugin_location) == "tributary.yaml:24:13");
    BOOST_TEST(hospital.schedule.describe() == "daily at 02:00, 14:00 Europe/London");
    BOOST_TEST(hospital.options.find("folder")->scalar == "incoming");
    BOOST_REQUIRE(hospital.streams.size() == 2U);
    BOOST_TEST(hospital.streams[0].name == "admissions");
    BOOST_TEST(hospital.streams[0].format == "csv");
    BOOST_TEST(hospital.streams[0].policy == folder / "policies" / "admissions.yaml");
    BOOST_TEST(to_string(hospital.streams[0].policy_location) == "tributary.yaml:28:28");
    BOOST_TEST(hospital.streams[0].options.find("files")->scalar == "admissions*.csv");
    BOOST_TEST(hospital.streams[1].format == "ndjson");
    BOOST_TEST(hospital.streams[1].options.is_mapping());
    BOOST_TEST(sources[1].schedule.describe() == "cron '30 1 * * mon-fri' Europe/London");
}

BOOST_AUTO_TEST_CASE(what_is_left_out_has_its_default) {
    const Reading reading(
        "tributary: 1\nsite: RVW\nrepository: {url: https://r, authority: a, certificate: b, private_key: c, "
        "encryption_certificate: d, signing_certificate: e}\nlog:\nsources: {s: {plugin: csv, options: , streams: {t: "
        "{policy: p}}}}\n");
    BOOST_TEST(reading.faults() == "");
    const auto& configuration = reading.configuration;
    BOOST_TEST(configuration.data_folder == folder / "data");
    BOOST_TEST(configuration.plugin_folder.empty());  // the program's own
    BOOST_TEST(configuration.key_folder == folder / "keys");
    BOOST_TEST(configuration.time_zone.name() == "Europe/London");
    BOOST_TEST(configuration.workers == 2U);
    BOOST_TEST(configuration.repository.connect_timeout.count() == 10);
    BOOST_TEST(configuration.repository.answer_timeout.count() == 60);
    BOOST_TEST(configuration.upload.schedule.is_watch());
    BOOST_TEST(configuration.upload.windows.describe() == "always");
    BOOST_TEST(configuration.upload.connections == 4U);
    BOOST_TEST(!configuration.upload.bandwidth.has_value());
    BOOST_TEST(!configuration.repository.proxy.has_value());
    BOOST_TEST((configuration.log.target == LogConfiguration::Target::terminal));
    BOOST_TEST((configuration.log.format == LogFormat::text));
    BOOST_TEST((configuration.log.level == LogLevel::info));
    BOOST_TEST(configuration.log.file == folder / "logs" / "tributary.log");
    BOOST_TEST(configuration.log.rotate_bytes == 10U << 20U);
    BOOST_TEST(configuration.log.keep_files == 10);
    BOOST_TEST(configuration.sources[0].schedule.is_watch());
    BOOST_TEST(configuration.sources[0].options.is_mapping());
}

BOOST_AUTO_TEST_CASE(an_absolute_path_stays_and_a_relative_one_is_taken_from_the_files_folder) {
    const auto absolute = (folder / "elsewhere" / "site.key").generic_string();
    const Reading reading(changed(full_configuration(), "certificates/site.key", "'" + absolute + "'"));
    BOOST_TEST(reading.configuration.repository.private_key == (folder / "elsewhere" / "site.key").lexically_normal());
    const Reading above(changed(full_configuration(), "data: queue", "data: ../queue"));
    BOOST_TEST(above.configuration.data_folder == folder.parent_path() / "queue");
}

BOOST_AUTO_TEST_CASE(all_faults_are_reported_at_once_each_at_its_place) {
    auto text = changed(full_configuration(), "site: RVW", "site: rvw");
    text = changed(text, "workers: 4", "wokers: 4");
    text = changed(text, "https://", "http://");
    text = changed(text, "level: debug", "level: deubg");
    text = changed(text, "\"14:00\"", "\"24:00\"");
    const Reading reading(text);
    const auto faults = reading.faults();
    BOOST_TEST(reading.diagnostics.error_count() == 5U);
    BOOST_TEST(
        contains(faults, "tributary.yaml:2:7: error: configuration: 'site' must be the organisation's ODS code"));
    BOOST_TEST(
        contains(faults, "tributary.yaml:5:1: error: configuration: unknown key 'wokers'; did you mean 'workers'?"));
    BOOST_TEST(contains(faults, "tributary.yaml:7:8: error: repository: 'url' must be https://"));
    BOOST_TEST(contains(faults, "tributary.yaml:21:38: error: log: 'level' must be one of"));
    BOOST_TEST(contains(faults, "did you mean 'debug'?"));
    BOOST_TEST(contains(
        faults, "tributary.yaml:25:30: error: source 'hospital': schedule: 'at': '24:00' is not a time of day"));
}

BOOST_AUTO_TEST_CASE(each_missing_key_is_named) {
    const auto faults = Reading("tributary: 1\n").faults();
    for (const auto* key : {"'site'", "'repository'", "'sources'"}) {
        BOOST_TEST(contains(faults, std::string("the key ") + key + " is missing"));
    }
    const auto of_repository = faults_after("  private_key: certificates/site.key\n", "");
    BOOST_TEST(of_repository == "tributary.yaml:7:3: error: repository: the key 'private_key' is missing\n");
    BOOST_TEST(contains(faults_after("    plugin: csv\n    schedule: {at", "    schedule: {at"),
                        "the key 'plugin' is missing"));
    BOOST_TEST(contains(faults_after("{policy: policies/discharges.yaml}", "{}"), "the key 'policy' is missing"));
    BOOST_TEST(contains(Reading("").faults(), "the key 'tributary' is missing"));
}

BOOST_AUTO_TEST_CASE(another_version_of_the_format_is_refused_alone) {
    BOOST_TEST(faults_after("tributary: 1", "tributary: 2") ==
               "tributary.yaml:1:12: error: configuration: this program reads version 1 of the format: write "
               "'tributary: 1'\n");
}

BOOST_AUTO_TEST_CASE(the_url_is_https_with_a_host_and_nothing_else) {
    for (const auto* url : {"https://r", "https://repository.nhs.uk", "https://10.1.2.3:443", "https://[::1]:8443",
                            "https://r:65535", "https://a-b.c/"}) {
        BOOST_TEST(faults_after("https://repository.example:8443", std::string("'") + url + "'") == "", url);
    }
    for (const auto* url : {"http://r",          "HTTPS://r",       "r:8443",      "https://",        "https://:8443",
                            "https://r:0",       "https://r:65536", "https://r:",  "https://r:8443x", "https://r:+1",
                            "https://r:01",      "https://r/v1",    "https://r?a", "https://r#a",     "https://r//",
                            "https://a b",       "https://r..s",    "https://-r",  "https://[::1",    "https://[::1]x",
                            "https://[::1]x:80", "https://[x]",     "ftp://r",     "https://r\\\\x"}) {
        BOOST_TEST(contains(faults_after("https://repository.example:8443", std::string("\"") + url + "\""),
                            "tributary.yaml:7:8: error: repository: 'url' must be https://HOST"),
                   url);
    }
    BOOST_TEST(Reading(changed(full_configuration(), ":8443", ":8443/")).configuration.repository.url ==
               "https://repository.example:8443");
}

BOOST_AUTO_TEST_CASE(a_secret_in_the_file_is_refused_and_never_repeated) {
    const auto password = faults_after("https://", "https://rvw:hunter2@");
    BOOST_TEST(contains(password, "without a user name or password"));
    BOOST_TEST(!contains(password, "hunter2"));
    const auto key = faults_after("certificates/site.key", "\"-----BEGIN PRIVATE KEY-----\\nMIGHAgEA\\n\"");
    BOOST_TEST(contains(key, "tributary.yaml:10:16: error: a private key stands here"));
    BOOST_TEST(!contains(key, "MIGHAgEA"));
    for (const auto* name : {"password", "Password", "api_key", "sftp_passphrase", "token"}) {
        const auto option = faults_after("folder: incoming", std::string(name) + ": hunter2");
        BOOST_TEST(contains(option, "must not stand in this file; refer to it, as file:PATH or env:NAME"), name);
        BOOST_TEST(!contains(option, "hunter2"), name);
        BOOST_TEST(faults_after("folder: incoming", std::string(name) + ": file:secrets/sftp") == "", name);
        BOOST_TEST(faults_after("folder: incoming", std::string(name) + ": env:SFTP") == "", name);
    }
    BOOST_TEST(contains(faults_after("folder: incoming", "login: {servers: [{password: x}]}"), "must not stand"));
}

BOOST_AUTO_TEST_CASE(a_schedule_is_exactly_one_of_its_forms) {
    const std::string hospital = "schedule: {at: [\"02:00\", \"14:00\"]}";
    for (const auto* form : {"{every: 15m}", "{every: 366d}", "{at: 02:00}", "{at: [\"02:00\"]}",
                             "{cron: \"*/5 * * * *\"}", "{watch: 5s}"}) {
        BOOST_TEST(faults_after(hospital, std::string("schedule: ") + form) == "", form);
    }
    BOOST_TEST(
        contains(faults_after(hospital, "schedule: {every: 15m, watch: 5s}"),
                 "tributary.yaml:25:15: error: source 'hospital': schedule has both 'every' and 'watch'; keep one"));
    for (const auto* form : {"{}", "watch", "~", "[watch]"}) {
        BOOST_TEST(
            contains(faults_after(hospital, std::string("schedule: ") + form), "schedule takes one of {watch: 5s}"),
            form);
    }
    BOOST_TEST(contains(faults_after(hospital, "schedule: {evry: 5m}"), "did you mean 'every'?"));
    for (const auto* form : {"{every: 15}", "{every: 0s}", "{every: 367d}", "{every: [5m]}", "{every: }", "{at: []}",
                             "{at: 2am}", "{at: [\"02:00\", \"02:00\"]}", "{at: [[\"02:00\"]]}", "{at: 2}",
                             "{watch: 2d}", "{watch: true}", "{cron: daily}", "{cron: \"60 * * * *\"}", "{cron: 5}"}) {
        const auto faults = faults_after(hospital, std::string("schedule: ") + form);
        BOOST_TEST(contains(faults, "tributary.yaml:25:"), form);
        BOOST_TEST(contains(faults, "error: source 'hospital': schedule"), form);
    }
    BOOST_TEST(
        contains(faults_after("{cron: \"30 1 * * mon-fri\"}", "{cron: \"30 25 * * *\"}"),
                 "tributary.yaml:32:22: error: source 'community': schedule: cron: the field for the hour, '25'"));
}

BOOST_AUTO_TEST_CASE(a_proxys_user_and_password_stand_together_and_the_password_elsewhere) {
    for (const char* part : {"user: rvw, ", ", password: \"file:secrets/proxy\""}) {
        BOOST_TEST(contains(faults_after(part, ""), "tributary.yaml:15:10: error: repository.proxy: 'user' and"), part);
    }
    const auto faults = faults_after("file:secrets/proxy", "hunter2");
    BOOST_TEST(contains(faults, "refer to it, as file:PATH or env:NAME"));
    BOOST_TEST(!contains(faults, "hunter2"));
    BOOST_TEST(contains(faults_after("http://proxy", "https://proxy"), "'url' must be http://HOST:PORT"));
    BOOST_TEST(contains(faults_after("20 Mbit/s", "20 MB/s"), "such as 20 Mbit/s"));
}

BOOST_AUTO_TEST_CASE(upload_windows_are_checked_one_by_one) {
    BOOST_TEST(faults_after("[\"20:00-06:00\"]", "20:00-06:00") == "");
    BOOST_TEST(faults_after("[\"20:00-06:00\"]", "[]") == "");
    BOOST_TEST(contains(faults_after("[\"20:00-06:00\"]", "[\"20:00-06:00\", \"6-7\"]"),
                        "tributary.yaml:18:28: error: upload: 'windows': '6-7' is not a part of the day"));
    BOOST_TEST(contains(faults_after("[\"20:00-06:00\"]", "[7]"), "must be text"));
    BOOST_TEST(contains(faults_after("[\"20:00-06:00\"]", "{from: 1}"), "must be text"));
}

BOOST_AUTO_TEST_CASE(a_name_is_lower_case_letters_digits_and_underscore) {
    for (const auto* name : {"Hospital", "1st", "_a", "a-b", "a.b", "caf\xC3\xA9", "\"\"", "\"a/../b\""}) {
        BOOST_TEST(
            contains(faults_after("  hospital:", std::string("  ") + name + ":"), "cannot be the name of a source"),
            name);
        BOOST_TEST(contains(faults_after("discharges: {", std::string(name) + ": {"), "cannot be the name of a stream"),
                   name);
    }
    BOOST_TEST(contains(faults_after("plugin: csv", "plugin: ../csv"), "cannot be the name of a plugin"));
    BOOST_TEST(
        contains(faults_after("  hospital:", "  " + std::string(64, 'a') + ":"), "cannot be the name of a source"));
    BOOST_TEST(faults_after("  hospital:", "  " + std::string(63, 'a') + ":") == "");
}

BOOST_AUTO_TEST_CASE(a_streams_name_is_used_once_in_the_whole_file) {
    BOOST_TEST(
        faults_after("contacts: {", "admissions: {") ==
        "tributary.yaml:34:7: error: the stream 'admissions' is already in source 'hospital' (line 28); give one of "
        "them another name\n");
}

BOOST_AUTO_TEST_CASE(what_yaml_reads_as_a_number_is_no_text) {
    BOOST_TEST(contains(faults_after("site: RVW", "site: 8E432"), "'site' must be text; put it in quotes"));
    BOOST_TEST(faults_after("site: RVW", "site: '8E432'") == "");
    BOOST_TEST(contains(faults_after("data: queue", "data: 2026"), "'data' must be text; put it in quotes"));
    BOOST_TEST(contains(faults_after("data: queue", "data: ''"), "'data' must not be empty"));
    BOOST_TEST(contains(faults_after("data: queue", "data: ~/queue"), "write the whole path"));
    BOOST_TEST(contains(faults_after("data: queue", "data: \"a\\nb\""), "on one line"));
}

BOOST_AUTO_TEST_CASE(numbers_sizes_and_times_have_limits) {
    BOOST_TEST(contains(faults_after("workers: 4", "workers: 0"), "from 1 to 64"));
    BOOST_TEST(contains(faults_after("workers: 4", "workers: many"), "from 1 to 64"));
    BOOST_TEST(contains(faults_after("keep: 3", "keep: 1001"), "from 1 to 1000"));
    BOOST_TEST(contains(faults_after("connect_timeout: 5s", "connect_timeout: 0s"), "from 1 second to 1 hour"));
    BOOST_TEST(contains(faults_after("connect_timeout: 5s", "connect_timeout: 2h"), "from 1 second to 1 hour"));
    BOOST_TEST(contains(faults_after("connect_timeout: 5s", "connect_timeout: soon"), "not a length of time"));
    for (const auto* size : {"64 KiB", "64KiB", "1 GiB", "1024 MiB"}) {
        BOOST_TEST(faults_after("20 MiB", size) == "", size);
    }
    for (const auto* size : {"63 KiB", "1025 MiB", "2 GiB", "10", "10 MB", "010 MiB", "-1 MiB", "10  MiB", "MiB",
                             "1.5 MiB", "99999999999 GiB"}) {
        BOOST_TEST(contains(faults_after("20 MiB", size), "tributary.yaml:21:"), size);
    }
}

BOOST_AUTO_TEST_CASE(a_mapping_of_the_wrong_kind_is_one_clear_fault) {
    BOOST_TEST(contains(Reading("[1, 2]").faults(), "configuration must be a mapping"));
    BOOST_TEST(contains(Reading("text").faults(), "configuration must be a mapping"));
    for (const auto* part : {"folders", "log"}) {
        auto text = full_configuration();
        const auto at = text.find(std::string(part) + ": {");
        text.replace(at, text.find('\n', at) - at, std::string(part) + ": [a]");
        BOOST_TEST(contains(Reading(text).faults(), std::string(part) + " must be a mapping"), part);
    }
    for (const auto* sources :
         {"{}", "[]", "~", "text", "{a: ~}", "{a: [1]}", "{a: {plugin: csv, streams: {}}}",
          "{a: {plugin: csv, streams: {b: ~}}}", "{a: {plugin: csv, options: [1], streams: {b: {policy: p}}}}"}) {
        auto text = full_configuration();
        text.replace(text.find("sources:"), std::string::npos, std::string("sources: ") + sources + "\n");
        BOOST_TEST(Reading(text).diagnostics.has_errors(), sources);
    }
}

BOOST_AUTO_TEST_CASE(overrides_stand_above_the_file) {
    const Reading reading(full_configuration(), {{"log.level", "error"},
                                                 {"log.to", "none"},
                                                 {"log.keep", "7"},
                                                 {"folders.data", "other"},
                                                 {"workers", "8"},
                                                 {"time_zone", "UTC"},
                                                 {"repository.url", "https://localhost:9443"},
                                                 {"upload.schedule.cron", "0 3 * * *"},
                                                 {"upload.windows", "01:00-02:00"}});
    BOOST_TEST(reading.faults() == "");
    const auto& configuration = reading.configuration;
    BOOST_TEST((configuration.log.level == LogLevel::error));
    BOOST_TEST((configuration.log.target == LogConfiguration::Target::none));
    BOOST_TEST(configuration.log.keep_files == 7);
    BOOST_TEST(configuration.data_folder == folder / "other");
    BOOST_TEST(configuration.workers == 8U);
    BOOST_TEST(configuration.repository.url == "https://localhost:9443");
    BOOST_TEST(configuration.upload.schedule.describe() == "cron '0 3 * * *' UTC");
    BOOST_TEST(configuration.upload.windows.describe() == "01:00-02:00 UTC");
}

BOOST_AUTO_TEST_CASE(an_override_may_set_what_the_file_leaves_out) {
    auto text = full_configuration();
    const auto at = text.find("upload:");
    text.erase(at, text.find("sources:") - at);
    const Reading reading(text, {{"log.level", "debug"}, {"upload.schedule.every", "1h"}});
    BOOST_TEST(reading.faults() == "");
    BOOST_TEST((reading.configuration.log.level == LogLevel::debug));
    BOOST_TEST(reading.configuration.upload.schedule.describe() == "every 1 hour");
}

BOOST_AUTO_TEST_CASE(a_wrong_override_is_reported_by_its_name) {
    const auto faults = [](const ConfigurationOverrides& overrides) {
        return Reading(full_configuration(), overrides).faults();
    };
    BOOST_TEST(contains(faults({{"log.level", "loud"}}), "setting log.level: error: log: 'level' must be one of"));
    BOOST_TEST(contains(faults({{"workers", "all"}}),
                        "setting workers: error: configuration: 'workers' must be a whole number"));
    BOOST_TEST(contains(faults({{"log.levle", "debug"}}), "there is no setting 'log.levle'"));
    BOOST_TEST(contains(faults({{"log.levle", "debug"}}), "did you mean 'log.level'?"));
    for (const auto* name :
         {"site", "tributary", "sources.hospital.plugin", "sources.hospital.streams.admissions.policy", "log", ""}) {
        BOOST_TEST(contains(faults({{name, "x"}}), "there is no setting"), name);
    }
    BOOST_TEST(
        contains(faults({{"upload.schedule.every", "1h"}, {"upload.schedule.watch", "5s"}}), "keep one of them"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_a_diagnostic) {
    Diagnostics diagnostics;
    const auto missing =
        std::filesystem::temp_directory_path() / "tributary-there-is-no-such-folder" / "tributary.yaml";
    load_configuration(missing, {}, diagnostics);
    BOOST_TEST(diagnostics.error_count() == 1U);
    BOOST_TEST(contains(text_of(diagnostics), "tributary.yaml"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_yaml_is_reported_with_its_place) {
    const auto file = std::filesystem::temp_directory_path() / "tributary-configuration-tests.yaml";
    std::ofstream(file) << "tributary: 1\nsite: RVW\nsite: RVX\n";
    Diagnostics diagnostics;
    load_configuration(file, {}, diagnostics);
    std::filesystem::remove(file);
    BOOST_TEST(contains(text_of(diagnostics), "tributary-configuration-tests.yaml:3:1: error: "));
}

BOOST_AUTO_TEST_CASE(approval_needs_somebody_who_approves_and_is_off_unless_asked_for) {
    const auto list = "approvers: [certificates/caldicott.pem, certificates/governance.pem]\n";
    BOOST_TEST(contains(faults_after(list, ""),
                        "tributary.yaml:35:19: error: configuration: 'require_approval' needs 'approvers'"));
    const Reading without(changed(changed(full_configuration(), list, ""), "require_approval: true\n", ""));
    BOOST_TEST(!without.configuration.require_approval);
    BOOST_TEST(contains(faults_after("governance.pem", "caldicott.pem"), "names a file twice"));
    // No setting of the command line or the environment turns it off.
    const Reading overridden(full_configuration(), {{"require_approval", "false"}});
    BOOST_TEST(overridden.faults() != "");
    BOOST_TEST(overridden.configuration.require_approval);
}

BOOST_AUTO_TEST_SUITE_END()
