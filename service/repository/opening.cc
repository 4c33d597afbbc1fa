#include "service/repository/opening.h"

namespace tributary {
namespace {

const std::filesystem::path& made(FileSystem& files, const std::filesystem::path& folder) {
    files.create_folders(folder);
    return folder;
}

}  // namespace

Opening::Opening(const ServiceConfiguration& configuration, Ledger& ledger, Store& store, FileSystem& files,
                 Clock& clock, Log& log)
    : encryption_(load_encryption(files, configuration)),
      lock_(made(files, configuration.store / "opening")),
      lander_(ledger, store, files, configuration.landing, ChunkOpener(encryption_.certificate, encryption_.key), clock,
              log) {}

}  // namespace tributary
