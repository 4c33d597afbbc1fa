#include "agent/keys/key_store.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "agent/keys/key_file.h"
#include "agent/platform/error.h"
#include "tests/unit/keys/test_certificates.h"

using namespace tributary;
using tributary::testing::TemporaryFolder;

namespace {

LinkageKey key_of(const std::string& id, std::uint32_t epoch, const std::string& region = "north") {
    return LinkageKey::create({id, epoch, region, {}, {}});
}

std::string written(const LinkageKey& key) {
    return std::string(write_linkage_key(key).text());
}

/// The same bytes under another description.
LinkageKey as(const LinkageKey& key, LinkageKeyDescription description) {
    return {std::move(description), key.bytes()};
}

std::vector<StoredKey> holding(LinkageKey first) {
    std::vector<StoredKey> held;
    held.push_back({std::move(first), "/keys/first.key"});
    return held;
}

std::string refusal_of(const LinkageKey& key, const std::vector<StoredKey>& held, EpochOrder order) {
    try {
        may_join(key, held, order);
    } catch (const Error& error) {
        BOOST_TEST((error.code() == ErrorCode::in_use));
        return error.what();
    }
    return {};
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_store_tests)

BOOST_AUTO_TEST_CASE(a_folder_gives_its_keys_and_overlooks_other_files) {
    const TemporaryFolder folder;
    folder.write("one.key", written(key_of("region-2026", 1)));
    folder.write("two.key", written(key_of("region-2027", 2)));
    folder.write("README", "not a key");
    const auto store = folder_key_store(system_files(), folder.path());
    const auto keys = load_linkage_keys(*store);
    BOOST_TEST((keys.ids() == std::vector<std::string>{"region-2026", "region-2027"}));
    BOOST_TEST(keys.find("region-2027")->epoch() == 2U);
    BOOST_TEST(keys.find("region-2028") == nullptr);
    BOOST_TEST(store->load().front().place == (folder.path() / "one.key").string());
}

BOOST_AUTO_TEST_CASE(a_missing_folder_holds_no_keys_and_is_made_by_the_first) {
    const TemporaryFolder folder;
    const auto store = folder_key_store(system_files(), folder.path() / "none");
    BOOST_TEST(store->load().empty());
    const auto key = key_of("region-2026", 1);
    const auto place = store->add(key);
    BOOST_TEST(store->load().front().place == place);
    BOOST_TEST((store->load().front().key.bytes() == key.bytes()));
#ifndef _WIN32
    BOOST_TEST((std::filesystem::status(place).permissions() ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
#endif
}

BOOST_AUTO_TEST_CASE(a_key_is_never_overwritten) {
    const TemporaryFolder folder;
    const auto store = folder_key_store(system_files(), folder.path());
    const auto first = key_of("region-2026", 1);
    store->add(first);
    BOOST_CHECK_EXCEPTION(store->add(key_of("region-2026", 2)), Error,
                          [](const Error& error) { return error.code() == ErrorCode::in_use; });
    BOOST_TEST((store->load().front().key.bytes() == first.bytes()));
}

BOOST_AUTO_TEST_CASE(two_files_with_one_id_are_refused) {
    const TemporaryFolder folder;
    folder.write("one.key", written(key_of("region-2026", 1)));
    folder.write("two.key", written(key_of("region-2026", 2)));
    BOOST_CHECK_EXCEPTION(
        load_linkage_keys(*folder_key_store(system_files(), folder.path())), Error,
        [](const Error& error) { return error.code() == ErrorCode::key && says(error.what(), "two.key"); });
}

#ifndef _WIN32
BOOST_AUTO_TEST_CASE(credentials_of_systemd_are_listed_beside_the_folder_and_only_read) {
    const TemporaryFolder folder;
    const TemporaryFolder credentials;
    folder.write("one.key", written(key_of("region-2026", 1)));
    const auto file = credentials.write("region-2027.key", written(key_of("region-2027", 2)));
    credentials.write("tls.key", "-----BEGIN PRIVATE KEY-----\n");
    credentials.write("password", "{}");
    const auto store = site_key_store(system_files(), folder.path(), credentials.path());
    const auto held = store->load();
    BOOST_REQUIRE(held.size() == 2U);
    BOOST_TEST(held[1].key.id() == "region-2027");
    BOOST_TEST(held[1].place == file.string());
    BOOST_TEST(says(store->add(key_of("region-2028", 3)), folder.path().string()));
    const auto only_read = credential_key_store(system_files(), credentials.path());
    BOOST_CHECK_EXCEPTION(only_read->add(key_of("region-2029", 4)), Error,
                          [](const Error& error) { return error.code() == ErrorCode::permission; });
}

// As systemd leaves it: the mask of the access list shows as the group's right to read.
BOOST_AUTO_TEST_CASE(a_credential_may_be_open_to_its_access_list_and_not_to_all) {
    using std::filesystem::perms;
    const TemporaryFolder credentials;
    const auto file = credentials.write("region-2027.key", written(key_of("region-2027", 2)));
    const auto store = credential_key_store(system_files(), credentials.path());
    std::filesystem::permissions(file, perms::owner_read | perms::group_read);
    BOOST_TEST(store->load().size() == 1U);
    std::filesystem::permissions(file, perms::owner_read | perms::group_read | perms::others_read);
    BOOST_CHECK_EXCEPTION(store->load(), Error,
                          [](const Error& error) { return error.code() == ErrorCode::permission; });
}
#endif

BOOST_AUTO_TEST_CASE(without_credentials_a_site_has_its_folder) {
    const TemporaryFolder folder;
    BOOST_TEST(site_key_store(system_files(), folder.path(), std::nullopt)->place() == folder.path().string());
}

BOOST_AUTO_TEST_CASE(the_next_epoch_joins_and_so_does_another_region) {
    const auto held = holding(key_of("region-2026", 1));
    BOOST_TEST(may_join(key_of("region-2027", 2), held, EpochOrder::rising));
    BOOST_TEST(may_join(key_of("south-2026", 1, "south"), held, EpochOrder::rising));
    BOOST_TEST(may_join(key_of("region-2026", 1), {}, EpochOrder::rising));
}

BOOST_AUTO_TEST_CASE(the_very_same_key_is_held_already) {
    const auto key = key_of("region-2026", 2);
    auto held = holding(as(key, key.description()));
    held.push_back({key_of("region-2027", 3), "/keys/later.key"});
    BOOST_TEST(!may_join(key, held, EpochOrder::rising));
}

BOOST_AUTO_TEST_CASE(another_key_of_the_same_id_is_refused) {
    const auto text = refusal_of(key_of("region-2026", 2), holding(key_of("region-2026", 1)), EpochOrder::any);
    BOOST_TEST(says(text, "another linkage key with this id"));
    BOOST_TEST(says(text, "/keys/first.key"));
}

BOOST_AUTO_TEST_CASE(a_key_is_not_held_under_two_descriptions) {
    const auto key = key_of("region-2026", 1);
    for (const auto& description :
         {LinkageKeyDescription{"region-2026", 2, "north", {}, {}}, LinkageKeyDescription{"other", 1, "north", {}, {}},
          LinkageKeyDescription{"region-2026", 1, "south", {}, {}},
          LinkageKeyDescription{"region-2026", 1, "north", {"planning"}, {}}}) {
        BOOST_TEST(says(refusal_of(as(key, description), holding(as(key, key.description())), EpochOrder::any),
                        "under another description"));
    }
}

BOOST_AUTO_TEST_CASE(an_epoch_that_is_taken_is_refused_always) {
    for (const auto order : {EpochOrder::rising, EpochOrder::any}) {
        BOOST_TEST(
            says(refusal_of(key_of("region-2027", 1), holding(key_of("region-2026", 1)), order), "one key an epoch"));
    }
}

BOOST_AUTO_TEST_CASE(an_earlier_epoch_is_taken_only_where_that_is_wanted) {
    const auto held = holding(key_of("region-2027", 2));
    BOOST_TEST(says(refusal_of(key_of("region-2026", 1), held, EpochOrder::rising), "--earlier-epoch"));
    BOOST_TEST(may_join(key_of("region-2026", 1), held, EpochOrder::any));
}

BOOST_AUTO_TEST_CASE(keys_of_form_1_say_no_region_and_have_no_order) {
    BOOST_TEST(may_join(key_of("b", 1, ""), holding(key_of("a", 1, "")), EpochOrder::rising));
}

BOOST_AUTO_TEST_SUITE_END()
