#include "agent/courier/http_answer.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>

#include <algorithm>
#include <charconv>

#include "agent/keys/json.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {
namespace {

constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(24);

std::optional<std::uint64_t> read_count(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool has_type(const HttpAnswer& response, std::string_view type) {
    const std::string_view given = std::string_view(response.content_type).substr(0, response.content_type.find(';'));
    const std::size_t end = given.find_last_not_of(" \t");
    return given.substr(0, end == std::string_view::npos ? 0 : end + 1) == type;
}

Answer plain(Answer::Kind kind, std::string message) {
    Answer answer;
    answer.kind = kind;
    answer.message = std::move(message);
    return answer;
}

/// Not what a repository says: a proxy's page, a defect. The chunk waits.
Answer nonsense(const HttpAnswer& response, const std::string& what) {
    return plain(Answer::Kind::later, "HTTP " + std::to_string(response.status) + ": " + what +
                                          "; is something between this computer and the repository?");
}

Answer partial(const HttpAnswer& response) {
    const std::optional<std::uint64_t> held =
        response.upload_offset ? read_count(*response.upload_offset) : std::nullopt;
    if (!held) {
        return nonsense(response, "no usable Upload-Offset");
    }
    Answer answer = plain(Answer::Kind::partial, "");
    answer.held = *held;
    return answer;
}

Answer client_error(const HttpAnswer& response, ChunkRequest request) {
    if (response.status == 409 && request == ChunkRequest::send && response.upload_offset) {
        return partial(response);
    }
    if (!is_problem(response)) {
        return nonsense(response, "an error page that is not the repository's");
    }
    if (response.status == 404 && request == ChunkRequest::send) {
        return plain(Answer::Kind::unannounced, problem_text(response));
    }
    const bool of_the_site = response.status == 401 || response.status == 403;
    return plain(of_the_site ? Answer::Kind::denied : Answer::Kind::refused, problem_text(response));
}

}  // namespace

bool is_problem(const HttpAnswer& response) {
    return has_type(response, "application/problem+json");
}

std::string problem_text(const HttpAnswer& response) {
    std::string text = "HTTP " + std::to_string(response.status);
    if (!is_problem(response)) {
        return text;
    }
    try {
        const Poco::JSON::Object::Ptr problem = parse_json_object(response.body, "the problem document", 64U << 10U);
        for (const char* member : {"title", "detail"}) {
            const Poco::Dynamic::Var value = problem->get(member);
            if (value.isString()) {
                text += ": " + value.extract<std::string>();
            }
        }
    } catch (const Error&) {
        text += ": (a problem document that cannot be read)";
    }
    return clean_text(text);
}

std::optional<std::chrono::seconds> read_retry_after(std::string_view text, TimePoint now) {
    if (text.empty() || text.size() > 64) {
        return std::nullopt;
    }
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        const std::optional<std::uint64_t> seconds = read_count(text);
        const auto longest = static_cast<std::uint64_t>(longest_retry_after.count());
        return std::chrono::seconds(seconds ? std::min(*seconds, longest) : longest);
    }
    // Poco's parser takes almost anything for a date; IMF-fixdate has one length and one zone.
    if (text.size() != 29 || !text.ends_with(" GMT")) {
        return std::nullopt;
    }
    int zone = 0;
    Poco::DateTime date;
    if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, std::string(text), date, zone)) {
        return std::nullopt;
    }
    const TimePoint then{std::chrono::milliseconds(date.timestamp().epochMicroseconds() / 1000)};
    const auto wait = std::chrono::ceil<std::chrono::seconds>(then - now);
    return std::clamp(wait, std::chrono::seconds::zero(), longest_retry_after);
}

Answer read_answer(const HttpAnswer& response, ChunkRequest request, TimePoint now) {
    if (response.status == 200) {
        if (!has_type(response, "application/jose") || response.body.empty()) {
            return nonsense(response, "no receipt in the answer");
        }
        Answer answer = plain(Answer::Kind::receipt, "");
        answer.receipt = response.body;
        return answer;
    }
    if (response.status == 202) {
        return partial(response);
    }
    if (response.status == 425 || response.status == 429 || response.status >= 500) {
        Answer answer = plain(Answer::Kind::later, problem_text(response));
        if (response.retry_after) {
            answer.retry_after = read_retry_after(*response.retry_after, now);
        }
        return answer;
    }
    if (response.status >= 400) {
        return client_error(response, request);
    }
    if (response.status >= 300) {
        return nonsense(response, "a redirection, which is not followed");
    }
    return nonsense(response, "an answer that a repository does not give");
}

}  // namespace tributary
