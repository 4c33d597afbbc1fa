#include "agent/outbox/run_manifest.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <tuple>

#include "agent/keys/json.h"
#include "agent/outbox/manifest.h"
#include "agent/outbox/manifest_fields.h"
#include "agent/platform/error.h"

namespace tributary {

namespace {

Poco::JSON::Array::Ptr streams_json(const std::vector<RunStream>& streams) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const auto& stream : streams) {
        Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
        object->set("first", stream.first);
        object->set("last", stream.last);
        object->set("last_manifest_sha256", stream.last_manifest_sha256);
        object->set("queue", stream.queue);
        object->set("rows", stream.rows);
        object->set("stream", stream.stream);
        array->add(object);
    }
    return array;
}

RunState read_state(const ManifestFields& fields) {
    const auto text = fields.text("state", is_word, "a state");
    for (const auto state : {RunState::complete, RunState::failed, RunState::interrupted}) {
        if (text == to_string(state)) {
            return state;
        }
    }
    fields.fail("state", "is not complete, failed or interrupted");
}

std::vector<RunStream> read_streams(const ManifestFields& fields) {
    std::vector<RunStream> streams;
    fields.each("streams", {"first", "last", "last_manifest_sha256", "queue", "rows", "stream"},
                [&](const ManifestFields& entry) {
                    RunStream stream;
                    stream.stream = entry.text("stream", is_stream, "a stream's name");
                    stream.queue = entry.text(
                        "queue", [](std::string_view t) { return t.empty() || is_chunk_id(t); },
                        "empty or 32 lower-case hexadecimal digits");
                    stream.first = entry.integer("first", 1);
                    stream.last = entry.integer("last", stream.first);
                    stream.rows = entry.integer("rows");
                    stream.last_manifest_sha256 = entry.text("last_manifest_sha256", is_sha256, sha256_form);
                    if (!streams.empty() && std::tie(streams.back().stream, streams.back().queue) >=
                                                std::tie(stream.stream, stream.queue)) {
                        entry.fail("stream", "does not come behind the one before it");
                    }
                    streams.push_back(std::move(stream));
                });
    if (streams.empty() || streams.size() > most_run_streams) {
        fields.fail("streams", "must have 1 to " + std::to_string(most_run_streams) + " entries");
    }
    return streams;
}

}  // namespace

std::string_view to_string(RunState state) noexcept {
    switch (state) {
        case RunState::running:
            return "running";
        case RunState::complete:
            return "complete";
        case RunState::failed:
            return "failed";
        case RunState::interrupted:
            return "interrupted";
    }
    return "";
}

std::string run_manifest_text(const RunManifest& run) {
    Poco::JSON::Object object;
    object.set("began", to_rfc3339(run.began));
    object.set("ended", to_rfc3339(run.ended));
    object.set("id", run.id);
    object.set("rejected", run.rejected);
    object.set("site", run.site);
    object.set("source", run.source);
    object.set("state", std::string(to_string(run.state)));
    object.set("streams", streams_json(run.streams));
    object.set("tributary_run", 1);
    return json_text(object);
}

RunManifest parse_run_manifest(std::string_view text) {
    const ManifestFields fields(
        parse_json_object(text, "the run manifest", maximum_run_manifest_bytes), "the run manifest", "",
        {"began", "ended", "id", "rejected", "site", "source", "state", "streams", "tributary_run"});
    fields.integer("tributary_run", 1, 1);
    RunManifest run;
    run.id = fields.text("id", is_chunk_id, "32 lower-case hexadecimal digits");
    run.site = fields.text("site", is_site, "2 to 12 upper-case letters and digits");
    run.source = fields.text("source", is_stream, "a source's name");
    run.state = read_state(fields);
    run.began = fields.time("began");
    run.ended = fields.time("ended");
    run.rejected = fields.integer("rejected");
    run.streams = read_streams(fields);
    if (run_manifest_text(run) != text) {
        throw Error(ErrorCode::input,
                    "the run manifest is not in its one form (keys sorted, no white space, no repeated keys)");
    }
    return run;
}

}  // namespace tributary
