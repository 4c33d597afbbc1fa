#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tributary {

enum class LogLevel { error, warning, info, debug };
enum class LogFormat { text, json };

/// A named fact beside a message: {"stream", "admissions"}, {"rows", 1200}. Names and values never come from a record.
struct LogField {
    std::string_view name;
    std::variant<std::string, std::int64_t, double, bool> value;

    LogField(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
    LogField(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
    LogField(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
    LogField(std::string_view n, bool v) : name(n), value(v) {}
    LogField(std::string_view n, double v) : name(n), value(v) {}
    template <typename T>
    requires std::is_integral_v<T> LogField(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

struct LogConfiguration {
    enum class Target { terminal, file, none };
    Target target = Target::terminal;
    LogFormat format = LogFormat::text;
    LogLevel level = LogLevel::info;
    std::filesystem::path file;               ///< For Target::file.
    std::uint64_t rotate_bytes = 10U << 20U;  ///< A new file after so many bytes.
    int keep_files = 10;
};

/// Writes events to the terminal (standard error), a rotating file or JSON lines. Control characters in messages and
/// fields are escaped, so that no text from outside can forge a line. Thread-safe.
class Log {
  public:
    explicit Log(const LogConfiguration& configuration);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void error(std::string_view message, std::initializer_list<LogField> fields = {});
    void warning(std::string_view message, std::initializer_list<LogField> fields = {});
    void info(std::string_view message, std::initializer_list<LogField> fields = {});
    void debug(std::string_view message, std::initializer_list<LogField> fields = {});
    void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);

    /// While set, text lines on a terminal are preceded by clearing the line (a progress bar is being drawn there).
    void set_progress_line(bool active) noexcept;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tributary
