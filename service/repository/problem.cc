#include "service/repository/problem.h"

#include <Poco/JSON/Object.h>

#include "agent/keys/json.h"
#include "agent/platform/error.h"
#include "agent/platform/utf8.h"

namespace tributary {

Problem problem_of(const IntakeResult& result) {
    using Kind = IntakeResult::Kind;
    switch (result.kind) {
        case Kind::offset_mismatch:
            return {409, "Wrong offset", result.detail};
        case Kind::unannounced:
            return {404, "Not announced", result.detail};
        case Kind::malformed:
            return {400, "Malformed request", result.detail};
        case Kind::unsigned_by_peer:
            return {401, "Signature not accepted", result.detail};
        case Kind::foreign:
            return {403, "Another site", result.detail};
        case Kind::not_allowed:
            return {403, "Not taken here", result.detail};
        case Kind::conflict:
            return {409, "Conflict", result.detail};
        case Kind::over_quota:
            return {429, "Quota reached", result.detail};
        case Kind::too_large:
            return {413, "Too large", result.detail};
        case Kind::digest_mismatch:
            return {422, "Digest mismatch", result.detail};
        case Kind::receipt:
        case Kind::partial:
            break;
    }
    throw Error(ErrorCode::internal, "an answer that is no problem was taken for one");
}

std::string problem_text(const Problem& problem) {
    Poco::JSON::Object object;
    object.set("title", problem.title);
    object.set("detail", clean_text(problem.detail));
    object.set("status", problem.status);
    return json_text(object);
}

}  // namespace tributary
