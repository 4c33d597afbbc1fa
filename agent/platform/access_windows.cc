// Wine keeps no access control lists of its own: it makes one up from the POSIX mode of the file (owner and
// "Everyone"). So the tests under Wine show that a file others can write is refused and a private one accepted, but
// neither groups, inheritance and deny entries, nor accounts such as TrustedInstaller. Those need a real Windows.
#include <windows.h>
// After windows.h, whose types they use.
#include <aclapi.h>
#include <sddl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "agent/platform/access.h"
#include "agent/platform/file.h"
#include "agent/platform/system_error.h"
#include "agent/platform/windows_handle.h"

namespace tributary {
namespace {

using LocalMemory = std::unique_ptr<void, decltype(&::LocalFree)>;

/// Rights to change what a file or folder holds, or to give oneself that right.
constexpr DWORD rights_to_change = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE | WRITE_DAC |
                                   WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
constexpr DWORD rights_to_read = FILE_READ_DATA | WRITE_DAC | WRITE_OWNER | GENERIC_READ | GENERIC_ALL;

bool is_well_known(PSID sid, WELL_KNOWN_SID_TYPE type) {
    return ::IsWellKnownSid(sid, type) != 0;
}

/// SYSTEM, the administrators, TrustedInstaller (who owns what Windows installed) and the account that runs the agent.
bool is_ours(PSID sid) {
    if (is_well_known(sid, WinLocalSystemSid) || is_well_known(sid, WinBuiltinAdministratorsSid)) {
        return true;
    }
    std::string user = current_user_sid();
    if (::EqualSid(sid, user.data()) != 0) {
        return true;
    }
    PSID installer = nullptr;
    if (::ConvertStringSidToSidW(L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", &installer) == 0) {
        return false;
    }
    const LocalMemory owned(installer, &::LocalFree);
    return ::EqualSid(sid, installer) != 0;
}

std::string name_of(PSID sid) {
    std::array<wchar_t, 256> name{};
    std::array<wchar_t, 256> domain{};
    auto name_size = static_cast<DWORD>(name.size());
    auto domain_size = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (::LookupAccountSidW(nullptr, sid, name.data(), &name_size, domain.data(), &domain_size, &use) != 0) {
        return quoted(std::filesystem::path(name.data()));
    }
    LPWSTR text = nullptr;
    if (::ConvertSidToStringSidW(sid, &text) == 0) {
        return "another account";
    }
    const LocalMemory owned(text, &::LocalFree);
    return quoted(std::filesystem::path(text));
}

/// The account of one entry that allows any of `rights`, or nullptr. Deny entries are passed over: they can only take
/// away, and a list that needs them to be safe is not a plain one.
PSID account_allowed(ACL* list, DWORD index, DWORD rights) {
    void* entry = nullptr;
    if (::GetAce(list, index, &entry) == 0) {
        return nullptr;
    }
    const auto* header = static_cast<const ACE_HEADER*>(entry);
    // INHERIT_ONLY entries are for what is made inside the folder.
    if (header->AceType != ACCESS_ALLOWED_ACE_TYPE || (header->AceFlags & INHERIT_ONLY_ACE) != 0) {
        return nullptr;
    }
    auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    return (allowed->Mask & rights) != 0 ? static_cast<PSID>(&allowed->SidStart) : nullptr;
}

/// Who, other than us, owns `path` or has any of `rights` on it.
std::optional<std::string> why_open_to_others(const std::filesystem::path& path, DWORD rights,
                                              const std::string& what_others_can) {
    PSID owner = nullptr;
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    const DWORD failure = ::GetNamedSecurityInfoW(native_path(path).c_str(), SE_FILE_OBJECT,
                                                  OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                                  nullptr, &list, nullptr, &descriptor);
    if (failure != ERROR_SUCCESS) {
        return "cannot ask for the rights of " + quoted(path) + ": " +
               std::error_code(static_cast<int>(failure), std::system_category()).message();
    }
    const LocalMemory owned(descriptor, &::LocalFree);
    if (owner == nullptr || !is_ours(owner)) {
        return quoted(path) + " belongs to " + (owner != nullptr ? name_of(owner) : std::string("nobody")) +
               "; it must belong to the administrators, to SYSTEM or to the account that runs the agent";
    }
    if (list == nullptr) {
        return quoted(path) + " has no access control list, which lets everybody in";
    }
    for (DWORD index = 0; index < list->AceCount; ++index) {
        const PSID account = account_allowed(list, index, rights);
        // "Creator owner" and "owner rights" stand for the owner, who is ours.
        if (account != nullptr && !is_ours(account) && !is_well_known(account, WinCreatorOwnerSid) &&
            !is_well_known(account, WinCreatorOwnerRightsSid)) {
            return quoted(path) + " can be " + what_others_can + " by " + name_of(account) +
                   "; take that right away (icacls)";
        }
    }
    return std::nullopt;
}

std::optional<std::string> why_not_plain(const std::filesystem::path& file) {
    try {
        if (!system_files().stamp(file).regular) {
            return quoted(file) + " is not a plain file";
        }
    } catch (const Error& error) {
        return error.what();
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> why_not_trusted_code(const std::filesystem::path& file) {
    if (auto why = why_not_plain(file)) {
        return why;
    }
    if (auto why = why_open_to_others(file, rights_to_change, "changed")) {
        return why;
    }
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    return why_open_to_others(folder, rights_to_change, "changed");
}

std::optional<std::string> why_closed(const std::filesystem::path& folder) {
    const Handle handle(::CreateFileW(native_path(folder).c_str(), FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                      FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    if (handle.valid()) {
        return std::nullopt;
    }
    return "files cannot be made in " + quoted(folder) + ": " + last_system_error().message();
}

std::optional<std::string> why_not_private(const std::filesystem::path& file) {
    if (auto why = why_not_plain(file)) {
        return why;
    }
    return why_open_to_others(file, rights_to_read | rights_to_change, "read or changed");
}

}  // namespace tributary
