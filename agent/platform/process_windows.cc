#include <windows.h>
// After windows.h, whose types it uses.
#include <psapi.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "agent/platform/system_error.h"
#include "agent/platform/windows_handle.h"

namespace tributary {
namespace {

/// The lock covers a byte far behind the process id, because Windows lets nobody read what is locked.
OVERLAPPED locked_place() {
    OVERLAPPED place{};
    place.OffsetHigh = 0x40000000;
    return place;
}

/// Locked by the holder as well, after the place that decides: whoever asks takes this one for a moment, and a process
/// that starts just then waits so long and is not turned away.
OVERLAPPED asked_place() {
    OVERLAPPED place = locked_place();
    ++place.Offset;
    return place;
}

/// What the holder of the lock wrote into it, or nothing.
std::string process_in(HANDLE lock_file) {
    std::array<char, 16> text{};
    DWORD length = 0;
    OVERLAPPED start{};
    std::string id;
    if (::ReadFile(lock_file, text.data(), static_cast<DWORD>(text.size()), &length, &start) != 0) {
        for (DWORD i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) {
            id += text[i];
        }
    }
    return id;
}

std::atomic<bool> stop_requested{false};

/// An event that stays set, so that it reaches every waiter.
HANDLE stop_event() noexcept {
    static const HANDLE event = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
    return event;
}

/// Windows runs it on a thread of its own.
BOOL WINAPI on_console_event(DWORD event) {
    StopSignal::request();
    if (event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT) {
        // Windows ends the process when this returns, so it does not: main's own return ends it, or Windows after a
        // few seconds.
        ::Sleep(INFINITE);
    }
    return TRUE;
}

bool is_console(DWORD which) noexcept {
    DWORD mode = 0;
    return ::GetConsoleMode(::GetStdHandle(which), &mode) != 0;
}

double seconds(const FILETIME& time) {
    return static_cast<double>((static_cast<std::uint64_t>(time.dwHighDateTime) << 32U) | time.dwLowDateTime) / 1e7;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / ".lock";
    Handle handle(::CreateFileW(native_path(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_HIDDEN,
                                nullptr));
    if (!handle.valid()) {
        throw_system_error("open lock", path, last_system_error());
    }
    OVERLAPPED place = locked_place();
    if (::LockFileEx(handle.get(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) == 0) {
        const std::error_code code = last_system_error();
        if (code.value() != ERROR_LOCK_VIOLATION && code.value() != ERROR_IO_PENDING) {
            throw_system_error("lock", path, code);
        }
        const std::string holder = process_in(handle.get());
        throw Error(ErrorCode::in_use, "the folder " + quoted(folder) + " is in use by " +
                                           (holder.empty() ? "another process" : "process " + holder) +
                                           "; stop that one first");
    }
    OVERLAPPED asked = asked_place();
    if (::LockFileEx(handle.get(), LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &asked) == 0) {
        throw_system_error("lock", path, last_system_error());
    }
    const std::string id = std::to_string(process_id()) + "\n";
    DWORD written = 0;
    OVERLAPPED start{};
    // For messages only: where the disk is full, the next process is told of no number.
    if (::SetEndOfFile(handle.get()) != 0) {
        ::WriteFile(handle.get(), id.data(), static_cast<DWORD>(id.size()), &written, &start);
    }
    static_assert(sizeof(handle_) == sizeof(HANDLE));
    handle_ = reinterpret_cast<std::intptr_t>(handle.release());
}

FolderLock::~FolderLock() {
    ::CloseHandle(reinterpret_cast<HANDLE>(handle_));
}

bool FolderLock::held(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / ".lock";
    const Handle handle(::CreateFileW(native_path(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                      nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_HIDDEN, nullptr));
    if (!handle.valid()) {
        const std::error_code code = last_system_error();
        if (code.value() == ERROR_FILE_NOT_FOUND || code.value() == ERROR_PATH_NOT_FOUND) {
            return false;
        }
        throw_system_error("open lock", path, code);
    }
    OVERLAPPED place = asked_place();
    if (::LockFileEx(handle.get(), LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) == 0) {
        return true;
    }
    ::UnlockFileEx(handle.get(), 0, 1, 0, &place);
    return false;
}

void kill_this_process() noexcept {
    TerminateProcess(GetCurrentProcess(), 137);
    std::abort();
}

void StopSignal::install() {
    if (stop_event() == nullptr || ::SetConsoleCtrlHandler(on_console_event, TRUE) == 0) {
        throw Error(ErrorCode::internal, "cannot handle stop signals: " + last_system_error().message());
    }
}

bool StopSignal::requested() noexcept {
    return stop_requested.load();
}
void StopSignal::wait() noexcept {
    ::WaitForSingleObject(stop_event(), INFINITE);
}
void StopSignal::request() noexcept {
    stop_requested.store(true);
    ::SetEvent(stop_event());
}

bool Terminal::output_is_terminal() noexcept {
    return is_console(STD_OUTPUT_HANDLE);
}
bool Terminal::error_is_terminal() noexcept {
    return is_console(STD_ERROR_HANDLE);
}

int Terminal::columns() noexcept {
    for (const DWORD which : {STD_ERROR_HANDLE, STD_OUTPUT_HANDLE}) {
        CONSOLE_SCREEN_BUFFER_INFO information{};
        if (::GetConsoleScreenBufferInfo(::GetStdHandle(which), &information) != 0) {
            return information.srWindow.Right - information.srWindow.Left + 1;
        }
    }
    return 80;
}

ProcessUsage process_usage() {
    ProcessUsage usage;
    PROCESS_MEMORY_COUNTERS memory{};
    if (::GetProcessMemoryInfo(::GetCurrentProcess(), &memory, sizeof(memory)) != 0) {
        usage.resident_bytes = memory.WorkingSetSize;
        usage.peak_resident_bytes = memory.PeakWorkingSetSize;
    }
    FILETIME created{};
    FILETIME ended{};
    FILETIME kernel{};
    FILETIME user{};
    if (::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &kernel, &user) != 0) {
        usage.cpu_seconds = seconds(kernel) + seconds(user);
    }
    return usage;
}

std::string host_name() {
    std::array<wchar_t, 256> name{};
    auto size = static_cast<DWORD>(name.size());
    if (::GetComputerNameExW(ComputerNameDnsHostname, name.data(), &size) == 0) {
        throw Error(ErrorCode::internal, "cannot ask for the host name: " + last_system_error().message());
    }
    return std::filesystem::path(name.data()).string();
}

std::filesystem::path program_folder() {
    std::wstring name(32'768, L'\0');  // the longest path that Windows knows
    const DWORD size = ::GetModuleFileNameW(nullptr, name.data(), static_cast<DWORD>(name.size()));
    if (size == 0 || size == name.size()) {
        throw Error(ErrorCode::internal, "cannot ask for the program's name: " + last_system_error().message());
    }
    name.resize(size);
    return std::filesystem::path(name).parent_path();
}

std::uint32_t process_id() noexcept {
    return ::GetCurrentProcessId();
}

void close_new_files_to_others() noexcept {}

void forbid_core_dumps() noexcept {
    // No dialogue and no call of Windows Error Reporting, which would write a dump. An administrator can still ask for
    // dumps of all programs in the registry (LocalDumps).
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
}

void wipe(void* memory, std::size_t size) noexcept {
    ::SecureZeroMemory(memory, size);
}

}  // namespace tributary
