#include "agent/source/plugin.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "agent/platform/error.h"
#include "agent/source/source.h"
#include "tests/unit/platform/temporary_folder.h"
#include "tests/unit/source/scripted_plugin.h"

using namespace tributary;
using namespace tributary::test;

namespace {

const std::filesystem::path built_plugins = TRIBUTARY_TEST_PLUGINS;
const std::filesystem::path bad_plugins = TRIBUTARY_BAD_PLUGINS;

/// The message, if the code is as expected.
template <typename Call>
std::string refusal(ErrorCode code, Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code() == code ? error.what() : "wrong code: " + std::string(error.what());
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A folder that others cannot write to, with one of the built plugins under a name.
void install(const TemporaryFolder& folder, const std::filesystem::path& from, const std::string& name) {
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    const auto file = folder / ("tributary_plugin_" + name + SharedLibrary::extension());
    std::filesystem::copy_file(from, file);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
}

std::filesystem::path csv_file() {
    return built_plugins / (std::string("tributary_plugin_csv") + SharedLibrary::extension());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_tests)

BOOST_AUTO_TEST_CASE(an_installed_plugin_is_loaded_and_describes_itself) {
    const TemporaryFolder folder;
    install(folder, csv_file(), "csv");
    const auto plugin = Plugin::load(folder.path(), "csv");
    BOOST_CHECK_EQUAL(plugin->name(), "csv");
    BOOST_CHECK(!plugin->version().empty());
    BOOST_CHECK(contains(plugin->options_schema(), "\"settle\""));
    BOOST_CHECK(contains(plugin->stream_options_schema(), "\"delimiter\""));
    BOOST_CHECK((Plugin::available(folder.path()) == std::vector<std::string>{"csv"}));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_is_not_there_is_told_with_those_that_are) {
    const TemporaryFolder folder;
    install(folder, csv_file(), "csv");
    const auto why = refusal(ErrorCode::not_found, [&] { Plugin::load(folder.path(), "hl7"); });
    BOOST_CHECK(contains(why, "no plugin 'hl7'"));
    BOOST_CHECK(contains(why, "found: csv"));
    BOOST_CHECK(Plugin::available(folder / "nowhere").empty());
}

BOOST_AUTO_TEST_CASE(a_name_is_no_path) {
    for (const char* name : {"", "../csv", "/csv", "a/b", "CSV", "c sv", "csv\n", "c.v"}) {
        BOOST_CHECK(!refusal(ErrorCode::configuration, [&] { Plugin::load(built_plugins, name); }).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_renamed_plugin_is_refused) {
    const TemporaryFolder folder;
    install(folder, csv_file(), "sql");
    BOOST_CHECK(
        contains(refusal(ErrorCode::plugin, [&] { Plugin::load(folder.path(), "sql"); }), "calls itself 'csv'"));
}

BOOST_AUTO_TEST_CASE(what_is_no_plugin_is_refused) {
    const TemporaryFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    folder.write(std::string("tributary_plugin_text") + SharedLibrary::extension(), "no library");
    std::filesystem::create_directory(folder / (std::string("tributary_plugin_dir") + SharedLibrary::extension()));
    BOOST_CHECK(!refusal(ErrorCode::plugin, [&] { Plugin::load(folder.path(), "text"); }).empty());
    BOOST_CHECK(!refusal(ErrorCode::permission, [&] { Plugin::load(folder.path(), "dir"); }).empty());
    install(folder, bad_plugins / (std::string("library_without_entry") + SharedLibrary::extension()), "mute");
    BOOST_CHECK(contains(refusal(ErrorCode::plugin, [&] { Plugin::load(folder.path(), "mute"); }), "does not export"));
}

#ifndef _WIN32  // there access is a matter of access control lists, see access_tests
BOOST_AUTO_TEST_CASE(a_link_out_of_the_folder_is_not_followed) {
    const TemporaryFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    std::filesystem::create_symlink(csv_file(), folder / "tributary_plugin_csv.so");
    BOOST_CHECK(contains(refusal(ErrorCode::permission, [&] { Plugin::load(folder.path(), "csv"); }), "link"));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_others_can_change_is_not_loaded) {
    const TemporaryFolder folder;
    install(folder, csv_file(), "csv");
    std::filesystem::permissions(folder / "tributary_plugin_csv.so", std::filesystem::perms::group_write,
                                 std::filesystem::perm_options::add);
    BOOST_CHECK(contains(refusal(ErrorCode::permission, [&] { Plugin::load(folder.path(), "csv"); }), "chmod"));
    std::filesystem::permissions(folder / "tributary_plugin_csv.so", std::filesystem::perms::owner_all);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::others_write,
                                 std::filesystem::perm_options::add);
    BOOST_CHECK(!refusal(ErrorCode::permission, [&] { Plugin::load(folder.path(), "csv"); }).empty());
}
#endif

BOOST_AUTO_TEST_CASE(a_table_of_another_version_or_size_is_refused) {
    const ScriptedPlugin script;
    auto table = ScriptedPlugin::table();
    BOOST_CHECK_EQUAL(Plugin::from_table(&table, "scripted")->version(), "1.2.3");
    table.abi = TRIBUTARY_PLUGIN_ABI + 1;
    BOOST_CHECK(contains(refusal(ErrorCode::plugin, [&] { Plugin::from_table(&table, "scripted"); }), "interface 2"));
    table = ScriptedPlugin::table();
    table.size -= 1;
    BOOST_CHECK(contains(refusal(ErrorCode::plugin, [&] { Plugin::from_table(&table, "scripted"); }), "bytes"));
    table = ScriptedPlugin::table();
    table.size += 64;  // a newer plugin may have more
    BOOST_CHECK_EQUAL(Plugin::from_table(&table, "scripted")->name(), "scripted");
    table.commit = nullptr;
    BOOST_CHECK(contains(refusal(ErrorCode::plugin, [&] { Plugin::from_table(&table, "scripted"); }), "lacks"));
    BOOST_CHECK(!refusal(ErrorCode::plugin, [&] { Plugin::from_table(nullptr, "scripted"); }).empty());
    table = ScriptedPlugin::table();
    table.describe = [](TributaryDescription*) {};
    BOOST_CHECK(!refusal(ErrorCode::plugin, [&] { Plugin::from_table(&table, "scripted"); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
