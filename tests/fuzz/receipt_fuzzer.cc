// Whatever the other side answers: no crash, and nothing but a whole receipt is taken for one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/courier/certificate_statement.h"
#include "agent/courier/http_answer.h"
#include "agent/courier/receipt.h"
#include "agent/keys/digest.h"
#include "agent/outbox/manifest.h"
#include "agent/platform/error.h"

using namespace tributary;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

template <typename Read>
void read_or_refuse(Read read) {
    try {
        read();
    } catch (const Error& error) {
        require(error.code() == ErrorCode::input || error.code() == ErrorCode::limit);
    }
}

void read_as_receipt(std::string_view text) {
    read_or_refuse([&] {
        const Receipt receipt = parse_receipt(text);
        require(is_chunk_id(receipt.id) && is_site(receipt.site) && is_stream(receipt.stream) && receipt.sequence > 0);
    });
}

void read_as_run_receipt(std::string_view text) {
    read_or_refuse([&] {
        const RunReceipt receipt = parse_run_receipt(text);
        require(is_chunk_id(receipt.run) && is_site(receipt.site) && receipt.manifest_sha256.size() == 64);
    });
}

void read_as_certificates(std::string_view text) {
    read_or_refuse([&] { require(is_hex(parse_statement(text).challenge, challenge_bytes)); });
    read_or_refuse([&] { require(!read_certificate_answer(text).empty()); });
}

void read_as_answer(std::string_view text) {
    constexpr int statuses[] = {200, 202, 302, 400, 403, 404, 409, 422, 425, 429, 503, 999};
    constexpr const char* types[] = {"application/jose", "application/problem+json", "text/html"};
    const std::size_t choice = static_cast<unsigned char>(text[0]);
    const std::size_t cut = text.find('\n');
    HttpAnswer response;
    response.status = statuses[choice % 12];
    response.content_type = types[choice % 3];
    response.upload_offset = std::string(text.substr(1, cut == std::string_view::npos ? text.size() : cut - 1));
    response.retry_after = response.upload_offset;
    response.body = text.substr(cut == std::string_view::npos ? text.size() : cut + 1);
    const TimePoint now{std::chrono::milliseconds(1'800'000'000'000)};
    for (const ChunkRequest request : {ChunkRequest::announce, ChunkRequest::send}) {
        const Answer answer = read_answer(response, request, now);
        require(answer.message.size() <= 400);
        require(answer.message.find_first_of("\r\n\x1b") == std::string::npos);
        require(!answer.retry_after || answer.retry_after->count() <= 86'400);
        require(answer.kind != Answer::Kind::receipt || response.status == 200);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_as_receipt(text);
    read_as_run_receipt(text);
    read_as_certificates(text);
    if (!text.empty()) {
        read_as_answer(text);
    }
    return 0;
}
