#include "tests/integration/delivery/faulty_files.h"

#include <algorithm>

#include "agent/platform/error.h"

namespace tributary::testing {

class FaultyWriter : public WritableFile {
  public:
    FaultyWriter(FaultyFiles& files, std::filesystem::path path, std::unique_ptr<WritableFile> real, std::uint64_t size)
        : files_(files), path_(std::move(path)), real_(std::move(real)), size_(size) {
        files_.synced_.emplace(path_, size);
        std::uint64_t& survives = files_.synced_[path_];
        survives = std::min(survives, size);
    }
    void write(std::string_view bytes) override {
        files_.change();
        real_->write(bytes);
        size_ += bytes.size();
    }
    void sync() override {
        files_.change();
        real_->sync();
        files_.synced_[path_] = size_;
    }
    void close() override { real_->close(); }

  private:
    FaultyFiles& files_;
    std::filesystem::path path_;
    std::unique_ptr<WritableFile> real_;
    std::uint64_t size_;
};

void FaultyFiles::change() {
    if (armed_ && countdown_-- == 0) {
        throw Error(ErrorCode::storage, "no space left on device (of the test)");
    }
}

void FaultyFiles::name_changed(const std::filesystem::path& folder, std::function<void()> undo) {
    names_.push_back({folder, std::move(undo)});
}

std::unique_ptr<ReadableFile> FaultyFiles::open_for_reading(const std::filesystem::path& path) {
    return real_.open_for_reading(path);
}

std::unique_ptr<WritableFile> FaultyFiles::create(const std::filesystem::path& path, Privacy privacy) {
    change();
    auto real = real_.create(path, privacy);
    name_changed(path.parent_path(), [path] { std::filesystem::remove(path); });
    return std::make_unique<FaultyWriter>(*this, path, std::move(real), 0);
}

std::unique_ptr<WritableFile> FaultyFiles::open_at(const std::filesystem::path& path, std::uint64_t offset) {
    change();
    if (!real_.exists(path)) {
        name_changed(path.parent_path(), [path] { std::filesystem::remove(path); });
    } else if (!synced_.contains(path)) {
        synced_[path] = real_.stamp(path).size;
    }
    return std::make_unique<FaultyWriter>(*this, path, real_.open_at(path, offset), offset);
}

void FaultyFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    change();
    const std::string replaced = real_.exists(to) ? read_file(real_, to, 1U << 30U) : std::string();
    const bool replaces = real_.exists(to);
    const auto rights = replaces ? std::filesystem::status(to).permissions() : std::filesystem::perms::none;
    real_.rename(from, to);
    if (const auto known = synced_.find(from); known != synced_.end()) {
        synced_[to] = known->second;
        synced_.erase(from);
    }
    name_changed(to.parent_path(), [this, from, to, replaced, replaces, rights] {
        std::filesystem::rename(to, from);
        if (const auto known = synced_.find(to); known != synced_.end()) {
            synced_[from] = known->second;
            synced_.erase(to);
        }
        if (replaces) {
            real_.open_at(to, 0)->write(replaced);
            std::filesystem::permissions(to, rights);
        }
    });
}

void FaultyFiles::remove(const std::filesystem::path& path) {
    change();
    real_.remove(path);
    synced_.erase(path);
}

bool FaultyFiles::exists(const std::filesystem::path& path) {
    return real_.exists(path);
}

FileStamp FaultyFiles::stamp(const std::filesystem::path& path) {
    return real_.stamp(path);
}

std::vector<std::string> FaultyFiles::list(const std::filesystem::path& folder) {
    return real_.list(folder);
}

void FaultyFiles::create_folders(const std::filesystem::path& folder) {
    change();
    const bool fresh = !real_.exists(folder);
    real_.create_folders(folder);
    if (fresh) {
        name_changed(folder.parent_path(), [folder] { std::filesystem::remove_all(folder); });
    }
}

void FaultyFiles::sync_folder(const std::filesystem::path& folder) {
    change();
    real_.sync_folder(folder);
    std::erase_if(names_, [&](const NameChange& change) { return change.folder == folder; });
}

void FaultyFiles::power_cut() {
    for (auto change = names_.rbegin(); change != names_.rend(); ++change) {
        change->undo();
    }
    names_.clear();
    for (const auto& [path, size] : synced_) {
        if (std::filesystem::exists(path) && std::filesystem::file_size(path) > size) {
            std::filesystem::resize_file(path, size);
        }
    }
    synced_.clear();
}

}  // namespace tributary::testing
