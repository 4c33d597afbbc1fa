#include "service/repository/turn.h"

#include "agent/platform/error.h"
#include "agent/platform/file.h"

namespace tributary {

Turn::Turn(std::filesystem::path folder) : folder_(std::move(folder)) {}

void Turn::take() {
    if (!lock_) {
        system_files().create_folders(folder_);
        lock_.emplace(folder_);
    }
}

bool Turn::try_take() {
    try {
        take();
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::in_use) {
            return false;
        }
        throw;
    }
}

}  // namespace tributary
