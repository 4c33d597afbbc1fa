#include "service/repository/durable_folders.h"

namespace tributary {

void DurableFolders::make(const std::filesystem::path& folder) {
    const std::lock_guard lock(mutex_);
    if (synced_.contains(folder)) {
        return;
    }
    std::filesystem::path parent = root_;
    for (const std::filesystem::path& part : folder.lexically_relative(root_)) {
        const std::filesystem::path child = parent / part;
        if (!synced_.contains(child)) {
            files_.create_folders(child);
            files_.sync_folder(parent);
            synced_.insert(child);
        }
        parent = child;
    }
}

}  // namespace tributary
