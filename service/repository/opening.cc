#include "service/repository/opening.h"

#include "service/repository/service_keys.h"

namespace tributary {
namespace {

const std::filesystem::path& made(FileSystem& files, const std::filesystem::path& folder) {
    files.create_folders(folder);
    return folder;
}

}  // namespace

Opening::Opening(const ServiceConfiguration& configuration, Ledger& ledger, Store& store, FileSystem& files,
                 Clock& clock, Log& log)
    : lock_(made(files, configuration.store / "opening")),
      lander_(ledger, store, files, configuration.landing, ChunkOpener(load_decryption(files, configuration)), clock,
              log) {}

}  // namespace tributary
