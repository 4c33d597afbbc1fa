#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tributary {

/// Holds a folder for one process: a lock that the operating system takes away when the process dies, however it dies.
/// Throws Error(in_use), naming the folder and the process id that holds it where that is known.
class FolderLock {
  public:
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    /// Whether a process holds the folder. Takes nothing, so that nobody who starts just then is turned away.
    static bool held(const std::filesystem::path& folder);

  private:
    std::intptr_t handle_ = -1;
};

/// Once called, SIGTERM, SIGINT (Ctrl-C, console close on Windows) no longer end the process but set a flag and wake
/// waiters. One per process; thread-safe.
class StopSignal {
  public:
    static void install();
    static bool requested() noexcept;
    /// Waits until a stop is requested.
    static void wait() noexcept;
    /// As if the signal had come; for tests and for a service host.
    static void request() noexcept;
};

struct Terminal {
    static bool output_is_terminal() noexcept;  ///< standard output
    static bool error_is_terminal() noexcept;   ///< standard error
    static int columns() noexcept;              ///< width of the terminal; 80 where unknown
};

struct ProcessUsage {
    std::uint64_t peak_resident_bytes = 0;
    std::uint64_t resident_bytes = 0;
    double cpu_seconds = 0;  ///< user and system
};
ProcessUsage process_usage();

std::string host_name();
/// The folder of the running program, with a trailing separator left out.
std::filesystem::path program_folder();
std::uint32_t process_id() noexcept;
/// What this process makes from now on is closed to all but its account and that account's group (Windows: it has the
/// rights of the folder that it is made in).
void close_new_files_to_others() noexcept;
/// Core dumps off for this process (they would hold keys and records).
void forbid_core_dumps() noexcept;
/// Ends the process on the spot, as SIGKILL does: nothing is tidied up. For tests of what a crash leaves.
[[noreturn]] void kill_this_process() noexcept;
/// Overwrites memory so that the compiler cannot leave it out.
void wipe(void* memory, std::size_t size) noexcept;

}  // namespace tributary
