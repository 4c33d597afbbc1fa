#include "agent/platform/file.h"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <set>

#include "agent/platform/access.h"
#include "agent/platform/error.h"
#include "tests/unit/platform/temporary_folder.h"

namespace tributary {
namespace {

bool names_the_path_and_the_reason(const Error& error) {
    const std::string text = error.what();
    return text.starts_with("cannot ") && text.find("missing.txt': ") != std::string::npos && text.size() > 40;
}

/// Gives every call on, but for the one that is to fail.
class FailingFiles final : public FileSystem {
  public:
    explicit FailingFiles(int failing_step) : failing_step_(failing_step) {}

    int steps() const { return step_; }

    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) override {
        return system_files().open_for_reading(path);
    }
    std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) override {
        step();
        return std::make_unique<File>(*this, system_files().create(path, privacy));
    }
    std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) override {
        return system_files().open_at(path, offset);
    }
    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        step();
        synced_before_rename = synced_before_rename && synced_;
        system_files().rename(from, to);
    }
    void remove(const std::filesystem::path& path) override { system_files().remove(path); }
    bool exists(const std::filesystem::path& path) override { return system_files().exists(path); }
    FileStamp stamp(const std::filesystem::path& path) override { return system_files().stamp(path); }
    std::vector<std::string> list(const std::filesystem::path& folder) override { return system_files().list(folder); }
    void create_folders(const std::filesystem::path& folder) override { system_files().create_folders(folder); }
    void sync_folder(const std::filesystem::path& folder) override {
        step();
        system_files().sync_folder(folder);
    }

    bool synced_before_rename = true;

  private:
    class File final : public WritableFile {
      public:
        File(FailingFiles& files, std::unique_ptr<WritableFile> file) : files_(files), file_(std::move(file)) {}
        void write(std::string_view bytes) override {
            // A full disk takes some of it.
            file_->write(bytes.substr(0, bytes.size() / 2));
            files_.step();
            file_->write(bytes.substr(bytes.size() / 2));
        }
        void sync() override {
            files_.step();
            file_->sync();
            files_.synced_ = true;
        }
        void close() override {
            files_.step();
            file_->close();
        }

      private:
        FailingFiles& files_;
        std::unique_ptr<WritableFile> file_;
    };

    void step() {
        if (step_++ == failing_step_) {
            throw Error(ErrorCode::storage, "the disk is full");
        }
    }

    int failing_step_;
    int step_ = 0;
    bool synced_ = false;
};

std::string read_all(ReadableFile& file) {
    std::string content;
    std::array<char, 3> block{};
    while (const std::size_t count = file.read(block)) {
        content.append(block.data(), count);
    }
    return content;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file_tests)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back) {
    const TemporaryFolder folder;
    const auto file = system_files().create(folder / "a.bin", Privacy::ordinary);
    const std::string content("line\r\n\0\x1A binary\xFF", 16);
    file->write(content);
    file->write("");
    file->sync();
    file->close();
    BOOST_TEST(read_all(*system_files().open_for_reading(folder / "a.bin")) == content);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_from_any_place) {
    const TemporaryFolder folder;
    folder.write("a.txt", "0123456789");
    const auto file = system_files().open_for_reading(folder / "a.txt");
    file->seek(7);
    BOOST_TEST(read_all(*file) == "789");
    file->seek(0);
    BOOST_TEST(read_all(*file) == "0123456789");
    file->seek(1000);
    BOOST_TEST(read_all(*file) == "");
}

BOOST_AUTO_TEST_CASE(each_failure_says_what_was_tried_on_which_path_and_why) {
    const TemporaryFolder folder;
    const auto missing = folder / "missing.txt";
    FileSystem& files = system_files();
    const std::vector<std::function<void()>> attempts = {
        [&] { files.open_for_reading(missing); },
        [&] { files.stamp(missing); },
        [&] { files.remove(missing); },
        [&] { files.list(missing); },
        [&] { files.rename(folder / "other", missing); },
    };
    for (const auto& attempt : attempts) {
        BOOST_CHECK_EXCEPTION(attempt(), Error, [](const Error& error) {
            BOOST_TEST_INFO(error.what());
            return error.code() == ErrorCode::not_found && names_the_path_and_the_reason(error);
        });
    }
}

BOOST_AUTO_TEST_CASE(a_name_in_any_script_is_kept) {
    const TemporaryFolder folder;
    const std::filesystem::path name = std::filesystem::path(u8"Entl\u00E4ssungen \u2013 \u4E2D.csv");
    system_files().create(folder / name, Privacy::ordinary)->close();
    const std::u8string expected = name.u8string();
    BOOST_TEST(system_files().list(folder.path()) == std::vector{std::string(expected.begin(), expected.end())},
               boost::test_tools::per_element());
    BOOST_TEST(system_files().exists(folder / name));
}

BOOST_AUTO_TEST_CASE(create_never_overwrites) {
    const TemporaryFolder folder;
    folder.write("a.txt", "old");
    BOOST_CHECK_THROW(system_files().create(folder / "a.txt", Privacy::ordinary), Error);
    BOOST_TEST(folder.read("a.txt") == "old");
}

BOOST_AUTO_TEST_CASE(a_private_file_is_closed_to_others_from_the_first_moment) {
    const TemporaryFolder folder;
    const auto file = system_files().create(folder / "secret", Privacy::owner_only);
    BOOST_TEST(why_not_private(folder / "secret").value_or("") == "");
}

BOOST_AUTO_TEST_CASE(writing_goes_on_at_the_offset_and_cuts_off_what_stood_behind) {
    const TemporaryFolder folder;
    folder.write("a.txt", "0123456789");
    const auto file = system_files().open_at(folder / "a.txt", 4);
    file->write("x");
    file->close();
    BOOST_TEST(folder.read("a.txt") == "0123x");
    system_files().open_at(folder / "new.txt", 0)->close();
    BOOST_TEST(folder.read("new.txt") == "");
}

BOOST_AUTO_TEST_CASE(writing_never_goes_on_behind_the_end_and_leaves_a_hole) {
    const TemporaryFolder folder;
    folder.write("a.txt", "0123");
    BOOST_CHECK_EXCEPTION(system_files().open_at(folder / "a.txt", 5), Error, [](const Error& error) {
        return error.code() == ErrorCode::storage && std::string(error.what()).find("only 4") != std::string::npos;
    });
    BOOST_TEST(folder.read("a.txt") == "0123");
}

BOOST_AUTO_TEST_CASE(rename_replaces) {
    const TemporaryFolder folder;
    folder.write("from", "new");
    folder.write("to", "old");
    system_files().rename(folder / "from", folder / "to");
    BOOST_TEST(folder.read("to") == "new");
    BOOST_TEST(!system_files().exists(folder / "from"));
}

BOOST_AUTO_TEST_CASE(a_file_can_be_renamed_while_it_is_read) {
    const TemporaryFolder folder;
    folder.write("from", "content");
    const auto file = system_files().open_for_reading(folder / "from");
    system_files().rename(folder / "from", folder / "to");
    BOOST_TEST(read_all(*file) == "content");
}

BOOST_AUTO_TEST_CASE(a_stamp_tells_whether_a_file_is_still_the_same) {
    const TemporaryFolder folder;
    folder.write("a", "content");
    folder.write("b", "content");
    const FileStamp before = system_files().stamp(folder / "a");
    BOOST_TEST(before.size == 7U);
    BOOST_TEST(before.regular);
    BOOST_TEST((before == system_files().stamp(folder / "a")));
    BOOST_TEST(before.identity != system_files().stamp(folder / "b").identity);

    // Whole seconds: some standard libraries set no finer time.
    const auto time = std::chrono::floor<std::chrono::seconds>(std::filesystem::last_write_time(folder / "a"));
    std::filesystem::last_write_time(folder / "a", time);
    const FileStamp later = system_files().stamp(folder / "a");
    std::filesystem::last_write_time(folder / "a", time - std::chrono::seconds(3));
    const FileStamp earlier = system_files().stamp(folder / "a");
    BOOST_TEST(earlier.identity == before.identity);
    BOOST_TEST(later.modified_ns - earlier.modified_ns == 3'000'000'000);
}

BOOST_AUTO_TEST_CASE(an_open_file_has_the_stamp_of_its_path_until_another_takes_its_name) {
    const TemporaryFolder folder;
    folder.write("a", "content");
    folder.write("b", "content");
    const auto file = system_files().open_for_reading(folder / "a");
    BOOST_TEST((file->stamp() == system_files().stamp(folder / "a")));
    system_files().rename(folder / "a", folder / "c");
    system_files().rename(folder / "b", folder / "a");
    BOOST_TEST(file->stamp().identity != system_files().stamp(folder / "a").identity);
    BOOST_TEST(read_all(*file) == "content");
}

BOOST_AUTO_TEST_CASE(a_stamp_counts_time_from_1970) {
    const TemporaryFolder folder;
    folder.write("a", "");
    const auto now =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    const std::int64_t minute = 60'000'000'000;
    BOOST_TEST(std::abs(system_files().stamp(folder / "a").modified_ns - now) < minute);
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_regular_file_and_cannot_be_read_as_one) {
    const TemporaryFolder folder;
    BOOST_TEST(!system_files().stamp(folder.path()).regular);
    BOOST_CHECK_THROW(system_files().open_for_reading(folder.path()), Error);
    BOOST_CHECK_THROW(system_files().open_at(folder.path(), 0), Error);
}

BOOST_AUTO_TEST_CASE(names_are_listed_in_order) {
    const TemporaryFolder folder;
    for (const char* name : {"b", "a", "C", ".hidden"}) {
        folder.write(name, "");
    }
    const std::vector<std::string> expected = {".hidden", "C", "a", "b"};
    BOOST_TEST(system_files().list(folder.path()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_are_made_with_their_parents_and_again_without_harm) {
    const TemporaryFolder folder;
    for (int i = 0; i < 2; ++i) {
        system_files().create_folders(folder / "a" / "b");
    }
    BOOST_TEST(std::filesystem::is_directory(folder / "a" / "b"));
    system_files().sync_folder(folder / "a");
    folder.write("file", "");
    BOOST_CHECK_THROW(system_files().create_folders(folder / "file" / "c"), Error);
}

BOOST_AUTO_TEST_CASE(a_whole_file_is_read_up_to_the_limit_and_not_a_byte_beyond) {
    const TemporaryFolder folder;
    const std::string content(200'000, 'x');
    folder.write("a", content);
    BOOST_TEST((read_file(system_files(), folder / "a", content.size()) == content));
    BOOST_CHECK_EXCEPTION(read_file(system_files(), folder / "a", content.size() - 1), Error,
                          [](const Error& error) { return error.code() == ErrorCode::limit; });
    folder.write("empty", "");
    BOOST_TEST(read_file(system_files(), folder / "empty", 0) == "");
}

BOOST_AUTO_TEST_CASE(a_durable_write_leaves_the_old_content_or_the_new_whatever_step_fails) {
    const std::string old_content = "old content";
    const std::string new_content = "new content, and longer than the old";
    int failures = 0;
    for (int step = 0;; ++step) {
        const TemporaryFolder folder;
        folder.write("state", old_content);
        FailingFiles files(step);
        bool failed = false;
        try {
            write_file_durably(files, folder / "state", new_content);
        } catch (const Error&) {
            failed = true;
            ++failures;
        }
        const std::string content = folder.read("state");
        BOOST_TEST((content == old_content || content == new_content));
        BOOST_TEST((failed || content == new_content));
        BOOST_TEST(files.synced_before_rename);
        // Nothing is left behind.
        BOOST_TEST(system_files().list(folder.path()) == std::vector<std::string>{"state"},
                   boost::test_tools::per_element());
        if (!failed) {
            break;
        }
    }
    BOOST_TEST(failures == 6);  // create, write, sync, close, rename, sync of the folder
}

BOOST_AUTO_TEST_CASE(a_durable_write_can_be_private) {
    const TemporaryFolder folder;
    folder.write("secret", "old");
    write_file_durably(system_files(), folder / "secret", "new", Privacy::owner_only);
    BOOST_TEST(folder.read("secret") == "new");
    BOOST_TEST(why_not_private(folder / "secret").value_or("") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
