#include "agent/platform/access.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/platform/temporary_folder.h"

namespace tributary {
namespace {

namespace fs = std::filesystem;

constexpr fs::perms owner_rights = fs::perms::owner_read | fs::perms::owner_write;

/// A plug-in in a folder of its own, both as an installer would leave them.
struct Plugin {
    Plugin() {
        fs::create_directory(folder / "plugins");
        fs::permissions(folder / "plugins", fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
        folder.write(file, "code");
        fs::permissions(folder / file, owner_rights | fs::perms::group_read | fs::perms::others_read);
    }

    std::string why_not() const { return why_not_trusted_code(folder / file).value_or(""); }

    TemporaryFolder folder;
    fs::path file = fs::path("plugins") / "csv.plugin";
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(access_tests)

BOOST_AUTO_TEST_CASE(whether_files_can_be_made_is_known_before_they_are) {
    const TemporaryFolder folder;
    BOOST_TEST(!why_not_writable(folder.path()).has_value());
    BOOST_TEST(!why_not_writable(folder / "not" / "there" / "yet").has_value());
    BOOST_TEST(!fs::exists(folder / "not"));
    folder.write("file", "");
    BOOST_TEST(contains(why_not_writable(folder / "file" / "below").value_or(""), "file"));
#ifdef __linux__
    BOOST_TEST(contains(why_not_writable("/proc/self/nowhere").value_or(""), "/proc/self"));  // root may write anywhere
#endif
}

BOOST_AUTO_TEST_CASE(code_that_only_we_can_change_is_trusted) {
    BOOST_TEST(Plugin().why_not() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_file_is_not_trusted) {
    const Plugin plugin;
    BOOST_TEST(contains(why_not_trusted_code(plugin.folder / "plugins").value_or(""), "plain file"));
    BOOST_TEST(contains(why_not_trusted_code(plugin.folder / "missing").value_or(""), "missing"));
    BOOST_TEST(contains(why_not_private(plugin.folder / "plugins").value_or(""), "plain file"));
    BOOST_TEST(contains(why_not_private(plugin.folder / "missing").value_or(""), "missing"));
}

#ifndef _WIN32
// Windows has no such rights, and Wine no access control lists; access_windows.cc says what is not shown.

BOOST_AUTO_TEST_CASE(code_that_others_can_change_is_not_trusted) {
    for (const fs::perms right : {fs::perms::group_write, fs::perms::others_write}) {
        const Plugin plugin;
        fs::permissions(plugin.folder / plugin.file, right, fs::perm_options::add);
        BOOST_TEST(contains(plugin.why_not(), "csv.plugin' can be changed by other accounts"));
    }
}

BOOST_AUTO_TEST_CASE(code_in_a_folder_that_others_can_change_is_not_trusted) {
    for (const fs::perms right : {fs::perms::group_write, fs::perms::others_write}) {
        const Plugin plugin;
        fs::permissions(plugin.folder / "plugins", right, fs::perm_options::add);
        BOOST_TEST(contains(plugin.why_not(), "plugins' can be changed by other accounts"));
    }
}

BOOST_AUTO_TEST_CASE(a_link_to_code_is_not_trusted) {
    const Plugin plugin;
    fs::create_symlink("csv.plugin", plugin.folder / "plugins" / "link.plugin");
    BOOST_TEST(contains(why_not_trusted_code(plugin.folder / "plugins" / "link.plugin").value_or(""), "symbolic link"));
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_use_in_any_way_holds_no_secret) {
    for (const fs::perms right :
         {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write, fs::perms::others_write}) {
        const TemporaryFolder folder;
        folder.write("secret", "x");
        fs::permissions(folder / "secret", owner_rights);
        BOOST_TEST(why_not_private(folder / "secret").value_or("") == "");
        fs::permissions(folder / "secret", owner_rights | right);
        BOOST_TEST(contains(why_not_private(folder / "secret").value_or(""), "chmod 600"));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
