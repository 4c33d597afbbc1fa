#include "agent/telemetry/log.h"

#include <Poco/ArchiveStrategy.h>
#include <Poco/Exception.h>
#include <Poco/LogFile.h>
#include <Poco/PurgeStrategy.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>

#include "agent/platform/error.h"
#include "agent/platform/file.h"
#include "agent/platform/process.h"
#include "agent/telemetry/log_line.h"

namespace tributary {
namespace {

std::string utf8(const std::filesystem::path& path) {
    const std::u8string text = path.u8string();
    return {text.begin(), text.end()};
}

/// A log file that is put aside when it is full. Poco's FileChannel does the same, but its new files are open to others
/// and it stays broken after a failed write (a full disk); hence its parts, put together here.
class RotatingFile {
  public:
    explicit RotatingFile(const LogConfiguration& configuration)
        : path_(configuration.file), rotate_bytes_(configuration.rotate_bytes), purge_(configuration.keep_files) {
        try {
            open();
        } catch (const Poco::Exception& exception) {
            throw Error(ErrorCode::permission, exception.displayText());
        }
    }

    /// Throws Poco::Exception or Error; the next call begins afresh.
    void write(const std::string& line) {
        try {
            if (!file_) {
                open();
            }
            if (file_->size() >= rotate_bytes_) {
                rotate();
            }
            file_->write(line, true);
        } catch (...) {
            file_.reset();
            throw;
        }
    }

  private:
    void open() {
        if (!system_files().exists(path_)) {
            system_files().create(path_, Privacy::owner_only)->close();
        }
        if (!system_files().stamp(path_).regular) {
            throw Error(ErrorCode::configuration, "it is not a plain file");
        }
        file_ = std::make_unique<Poco::LogFile>(utf8(path_));
    }

    /// agent.log becomes agent.log.0, agent.log.0 becomes agent.log.1 ...
    void rotate() {
        file_.reset(archive_.archive(file_.release()));
        // What it began (on Windows it waits for the first line) is empty and has the rights that all new files get.
        file_.reset();
        if (system_files().exists(path_)) {
            system_files().remove(path_);
        }
        open();
        purge_.purge(utf8(path_));
    }

    const std::filesystem::path path_;
    const std::uint64_t rotate_bytes_;
    Poco::ArchiveByNumberStrategy archive_;
    Poco::PurgeByCountStrategy purge_;
    std::unique_ptr<Poco::LogFile> file_;
};

std::unique_ptr<RotatingFile> opened(const LogConfiguration& configuration) {
    if (configuration.rotate_bytes == 0 || configuration.keep_files < 1) {
        throw Error(ErrorCode::configuration, "the log must rotate after at least 1 byte and keep at least 1 file");
    }
    try {
        if (configuration.file.has_parent_path()) {
            system_files().create_folders(configuration.file.parent_path());
        }
        return std::make_unique<RotatingFile>(configuration);
    } catch (const Error& error) {
        throw Error(error.code(), "cannot write the log file '" + utf8(configuration.file) + "': " + error.what());
    }
}

}  // namespace

struct Log::Implementation {
    explicit Implementation(const LogConfiguration& given) : configuration(given) {
        if (given.target == LogConfiguration::Target::file) {
            file = opened(given);
        }
    }

    void write_to_terminal(const std::string& line) {
        std::string text;
        if (progress_line && Terminal::error_is_terminal()) {
            // Spaces and not an escape sequence, which old Windows consoles would show.
            const auto width = static_cast<std::size_t>(std::max(1, Terminal::columns() - 1));
            text.append("\r").append(width, ' ').append("\r");
        }
        text.append(line).append("\n");
        std::cerr.clear();  // a terminal that was gone for a moment
        std::cerr << text << std::flush;
    }

    void write_to_file(const std::string& line) {
        try {
            file->write(line);
            file_failed = false;
        } catch (const Poco::Exception& exception) {
            fall_back(line, exception.displayText());
        } catch (const Error& error) {
            fall_back(line, error.what());
        }
    }

    /// A log that cannot be written must not end the agent's work, and the event must not be lost.
    void fall_back(const std::string& line, const std::string& reason) {
        if (!file_failed) {
            write_to_terminal(text_line(system_clock().now(), LogLevel::error,
                                        "the log file cannot be written; events go to standard error",
                                        {{"file", utf8(configuration.file)}, {"reason", reason}}));
        }
        file_failed = true;
        write_to_terminal(line);
    }

    const LogConfiguration configuration;
    std::mutex mutex;
    std::unique_ptr<RotatingFile> file;
    bool file_failed = false;
    std::atomic<bool> progress_line{false};
};

Log::Log(const LogConfiguration& configuration) : implementation_(std::make_unique<Implementation>(configuration)) {}
Log::~Log() = default;

void Log::error(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::error, message, fields);
}
void Log::warning(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::warning, message, fields);
}
void Log::info(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::info, message, fields);
}
void Log::debug(std::string_view message, std::initializer_list<LogField> fields) {
    write(LogLevel::debug, message, fields);
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    const LogConfiguration& configuration = implementation_->configuration;
    if (level > configuration.level || configuration.target == LogConfiguration::Target::none) {
        return;
    }
    const std::lock_guard lock(implementation_->mutex);
    // Taken under the lock, so that lines stand in the order of their times.
    const TimePoint now = system_clock().now();
    const std::string line = configuration.format == LogFormat::json ? json_line(now, level, message, fields)
                                                                     : text_line(now, level, message, fields);
    if (implementation_->file) {
        implementation_->write_to_file(line);
    } else {
        implementation_->write_to_terminal(line);
    }
}

void Log::set_progress_line(bool active) noexcept {
    implementation_->progress_line = active;
}

}  // namespace tributary
