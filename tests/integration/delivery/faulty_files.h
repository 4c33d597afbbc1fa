#pragma once

#include <functional>
#include <map>
#include <vector>

#include "agent/platform/file.h"

namespace tributary::testing {

/// The machine's files, with a disk that fails at a chosen step, and that forgets at a power cut what was not synced:
/// bytes since the last sync of a file, names since the last sync of their folder. One thread at a time.
class FaultyFiles : public FileSystem {
  public:
    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path& path) override;
    std::unique_ptr<WritableFile> create(const std::filesystem::path& path, Privacy privacy) override;
    std::unique_ptr<WritableFile> open_at(const std::filesystem::path& path, std::uint64_t offset) override;
    void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    void remove(const std::filesystem::path& path) override;
    bool exists(const std::filesystem::path& path) override;
    FileStamp stamp(const std::filesystem::path& path) override;
    std::vector<std::string> list(const std::filesystem::path& folder) override;
    void create_folders(const std::filesystem::path& folder) override;
    void sync_folder(const std::filesystem::path& folder) override;

    /// The disk fails at the n-th changing step from now (0: the next).
    void arm(int step) {
        armed_ = true;
        countdown_ = step;
    }
    void disarm() { armed_ = false; }

    void power_cut();

  private:
    friend class FaultyWriter;
    void change();
    void name_changed(const std::filesystem::path& folder, std::function<void()> undo);

    struct NameChange {
        std::filesystem::path folder;
        std::function<void()> undo;
    };
    FileSystem& real_ = system_files();
    bool armed_ = false;
    int countdown_ = 0;
    std::map<std::filesystem::path, std::uint64_t> synced_;  // bytes that survive, of files with later changes
    std::vector<NameChange> names_;
};

}  // namespace tributary::testing
