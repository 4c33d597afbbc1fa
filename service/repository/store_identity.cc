#include "service/repository/store_identity.h"

#include "agent/keys/digest.h"
#include "agent/platform/error.h"

namespace tributary {
namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::uint64_t longest_file = 256;

}  // namespace

void hold_to_store(Ledger& ledger, FileSystem& files, const std::filesystem::path& store) {
    if (!ledger.is_shared()) {
        return;
    }
    const auto file = store / "store-id";
    const auto own = [&] { return files.exists(file) ? read_file(files, file, longest_file) : std::string(); };
    const auto wanted = ledger.store_id([&] {
        if (auto id = own(); !id.empty()) {
            return id;
        }
        files.create_folders(store);
        auto id = random_hex(id_bytes);
        write_file_durably(files, file, id);
        return id;
    });
    if (own() != wanted) {
        throw Error(ErrorCode::configuration,
                    store.string() +
                        " is not the store of this ledger: all processes that share a ledger need the same folder as "
                        "'store'. Is its file system mounted here?");
    }
}

}  // namespace tributary
