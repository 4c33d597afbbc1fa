#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "agent/platform/system_error.h"

namespace tributary {
namespace {

/// What the holder of the lock wrote into it, or nothing.
std::optional<std::uint32_t> process_in(int lock_file) {
    std::array<char, 16> text{};
    const ssize_t length = ::pread(lock_file, text.data(), text.size(), 0);
    std::uint32_t id = 0;
    if (length > 0 && std::from_chars(text.data(), text.data() + length, id).ec == std::errc()) {
        return id;
    }
    return std::nullopt;
}

/// A semaphore, because sem_post is one of the few calls that wakes a thread and may be made from a signal handler.
class StopFlag {
  public:
    StopFlag() noexcept { ::sem_init(&semaphore_, 0, 0); }

    void raise() noexcept {
        if (!raised_.exchange(true)) {
            ::sem_post(&semaphore_);
        }
    }

    bool raised() const noexcept { return raised_.load(); }

    void wait() noexcept {
        while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
        }
        // Each waiter wakes the next, so that the one post reaches them all.
        ::sem_post(&semaphore_);
    }

  private:
    std::atomic<bool> raised_{false};
    ::sem_t semaphore_{};
};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use it");

StopFlag stop_flag;

extern "C" void on_stop_signal(int) {
    const int kept = errno;
    stop_flag.raise();
    errno = kept;
}

void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigfillset(&action.sa_mask);
    if (::sigaction(signal, &action, nullptr) != 0) {
        throw Error(ErrorCode::internal, "cannot handle stop signals: " + last_system_error().message());
    }
}

bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

std::filesystem::path lock_file(const std::filesystem::path& folder) {
    return folder / ".lock";
}

/// Of the whole file, and of the open file: a plain lock of fcntl would go as soon as any descriptor of the file is
/// closed in this process, and one of flock cannot be asked for without taking it.
struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
    const std::filesystem::path path = lock_file(folder);
    // Mode 0600: whoever can write to the file can lock it and so keep the agent from starting.
    const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (number == -1) {
        throw_system_error("open lock", path, last_system_error());
    }
    auto lock = whole_file();
    if (::fcntl(number, F_OFD_SETLK, &lock) != 0) {
        const std::error_code code = last_system_error();
        const auto holder = process_in(number);
        ::close(number);
        if (code != std::errc::operation_would_block && code != std::errc::permission_denied) {
            throw_system_error("lock", path, code);
        }
        throw Error(ErrorCode::in_use, "the folder " + quoted(folder) + " is in use by " +
                                           (holder ? "process " + std::to_string(*holder) : "another process") +
                                           "; stop that one first");
    }
    const std::string id = std::to_string(process_id()) + "\n";
    // For messages only: where the disk is full, the next process is told of no number.
    [[maybe_unused]] const bool written = ::ftruncate(number, 0) == 0 && ::pwrite(number, id.data(), id.size(), 0) > 0;
    handle_ = number;
}

FolderLock::~FolderLock() {
    ::close(static_cast<int>(handle_));
}

bool FolderLock::held(const std::filesystem::path& folder) {
    const std::filesystem::path path = lock_file(folder);
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (number == -1) {
        if (errno == ENOENT) {
            return false;
        }
        throw_system_error("open lock", path, last_system_error());
    }
    auto lock = whole_file();
    const int result = ::fcntl(number, F_OFD_GETLK, &lock);
    const std::error_code code = last_system_error();
    ::close(number);
    if (result != 0) {
        throw_system_error("look at lock", path, code);
    }
    return lock.l_type != F_UNLCK;
}

void kill_this_process() noexcept {
    ::kill(::getpid(), SIGKILL);
    std::abort();  // the signal is on its way
}

void StopSignal::install() {
    handle(SIGTERM, on_stop_signal);
    handle(SIGINT, on_stop_signal);
    // The terminal was closed. nohup has it ignored, and then it stays so.
    if (!is_ignored(SIGHUP)) {
        handle(SIGHUP, on_stop_signal);
    }
    // Writing to a connection or pipe that the other side has closed is an error of that call, not the process's end.
    handle(SIGPIPE, SIG_IGN);
}

bool StopSignal::requested() noexcept {
    return stop_flag.raised();
}
void StopSignal::wait() noexcept {
    stop_flag.wait();
}
void StopSignal::request() noexcept {
    stop_flag.raise();
}

bool Terminal::output_is_terminal() noexcept {
    return ::isatty(STDOUT_FILENO) == 1;
}
bool Terminal::error_is_terminal() noexcept {
    return ::isatty(STDERR_FILENO) == 1;
}

int Terminal::columns() noexcept {
    for (const int number : {STDERR_FILENO, STDOUT_FILENO}) {
        struct winsize size {};
        if (::ioctl(number, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
            return size.ws_col;
        }
    }
    return 80;
}

ProcessUsage process_usage() {
    ProcessUsage usage;
    struct rusage numbers {};
    if (::getrusage(RUSAGE_SELF, &numbers) == 0) {
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        usage.cpu_seconds = seconds(numbers.ru_utime) + seconds(numbers.ru_stime);
        usage.peak_resident_bytes = static_cast<std::uint64_t>(numbers.ru_maxrss) * 1024;  // Linux counts KiB
    }
    std::uint64_t all_pages = 0;
    std::uint64_t resident_pages = 0;
    if (std::ifstream("/proc/self/statm") >> all_pages >> resident_pages) {
        usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    // The kernel brings the peak up to date only now and then.
    usage.peak_resident_bytes = std::max(usage.peak_resident_bytes, usage.resident_bytes);
    return usage;
}

std::string host_name() {
    std::array<char, 257> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        throw Error(ErrorCode::internal, "cannot ask for the host name: " + last_system_error().message());
    }
    return name.data();
}

std::filesystem::path program_folder() {
    std::error_code code;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", code);
    if (code) {
        throw_system_error("read", "/proc/self/exe", code);
    }
    return program.parent_path();
}

std::uint32_t process_id() noexcept {
    return static_cast<std::uint32_t>(::getpid());
}

void close_new_files_to_others() noexcept {
    constexpr mode_t others = 027;
    ::umask(::umask(others) | others);
}

void forbid_core_dumps() noexcept {
    const struct rlimit none {};
    ::setrlimit(RLIMIT_CORE, &none);
    // The limit does not hold where dumps go to a program (core_pattern with a pipe); this does, and it keeps other
    // processes of the same account from reading the memory.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void wipe(void* memory, std::size_t size) noexcept {
    if (size > 0) {
        ::explicit_bzero(memory, size);
    }
}

}  // namespace tributary
