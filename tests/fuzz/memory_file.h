#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/platform/error.h"
#include "agent/platform/file.h"

namespace tributary {

/// A file system that holds one file, in memory, whatever its name, and gives it out in pieces of at most a size. What
/// readers do not need is refused.
class MemoryFile final : public FileSystem {
  public:
    MemoryFile(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}

    std::unique_ptr<ReadableFile> open_for_reading(const std::filesystem::path&) override {
        return std::make_unique<Reader>(bytes_, piece_);
    }
    FileStamp stamp(const std::filesystem::path&) override { return {bytes_.size(), 0, 1, true}; }
    bool exists(const std::filesystem::path&) override { return true; }

    std::unique_ptr<WritableFile> create(const std::filesystem::path&, Privacy) override { refuse(); }
    std::unique_ptr<WritableFile> open_at(const std::filesystem::path&, std::uint64_t) override { refuse(); }
    void rename(const std::filesystem::path&, const std::filesystem::path&) override { refuse(); }
    void remove(const std::filesystem::path&) override { refuse(); }
    std::vector<std::string> list(const std::filesystem::path&) override { refuse(); }
    void create_folders(const std::filesystem::path&) override { refuse(); }
    void sync_folder(const std::filesystem::path&) override { refuse(); }

  private:
    class Reader final : public ReadableFile {
      public:
        Reader(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
        std::size_t read(std::span<char> into) override {
            const std::size_t size = std::min({into.size(), bytes_.size(), piece_});
            std::copy_n(bytes_.begin(), size, into.begin());
            bytes_.remove_prefix(size);
            return size;
        }
        void seek(std::uint64_t) override { refuse(); }
        FileStamp stamp() const override { return {bytes_.size(), 0, 1, true}; }

      private:
        std::string_view bytes_;
        std::size_t piece_;
    };

    [[noreturn]] static void refuse() { throw Error(ErrorCode::internal, "a fuzzer's file is only read"); }

    std::string_view bytes_;
    std::size_t piece_;
};

}  // namespace tributary
