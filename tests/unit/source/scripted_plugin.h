#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plugins/sdk/arrow_builder.h"
#include "plugins/sdk/tributary_plugin.h"

namespace tributary::test {

/// A plugin whose every answer a test decides, also the wrong ones that no helper would let through. One source at a
/// time.
struct ScriptedPlugin {
    static inline ScriptedPlugin* current = nullptr;
    ScriptedPlugin() { current = this; }
    ~ScriptedPlugin() { current = nullptr; }
    ScriptedPlugin(const ScriptedPlugin&) = delete;
    ScriptedPlugin& operator=(const ScriptedPlugin&) = delete;

    std::function<TributaryStatus(const TributaryHost&, TributaryError&)> open =
        [](const TributaryHost&, TributaryError&) { return TRIBUTARY_OK; };
    std::function<TributaryStatus(ArrowSchema&, TributaryError&)> schema = [](ArrowSchema&, TributaryError&) {
        return TRIBUTARY_NOTHING;
    };
    std::function<TributaryStatus(TributaryGroup&, TributaryError&)> read = [](TributaryGroup&, TributaryError&) {
        return TRIBUTARY_END;
    };
    TributaryStatus start_status = TRIBUTARY_OK;
    TributaryStatus commit_status = TRIBUTARY_OK;
    std::vector<std::string> started;
    std::vector<std::string> committed;
    std::uint32_t timeout = 0;
    bool no_source = false;
    int closed = 0;

    static std::string text(TributaryText from) { return std::string(from.data, from.size); }
    static TributaryText text(const char* from) { return {from, std::string_view(from).size()}; }

    static TributaryPlugin table() {
        TributaryPlugin table{};
        table.size = sizeof table;
        table.abi = TRIBUTARY_PLUGIN_ABI;
        table.describe = [](TributaryDescription* description) {
            description->name = text("scripted");
            description->version = text("1.2.3");
            description->options = text("{}");
            description->stream_options = text("true");
        };
        table.open = [](const TributaryHost* host, TributaryText, const TributaryStream*, std::size_t,
                        TributarySource** source, TributaryError* error) -> TributaryStatus {
            const auto status = current->open(*host, *error);
            *source = current->no_source ? nullptr : static_cast<TributarySource*>(static_cast<void*>(current));
            return status;
        };
        table.schema = [](TributarySource*, std::uint32_t, ArrowSchema* wanted, TributaryError* error) {
            return current->schema(*wanted, *error);
        };
        table.start = [](TributarySource*, TributaryText checkpoint, TributaryError*) -> TributaryStatus {
            current->started.push_back(text(checkpoint));
            return current->start_status;
        };
        table.read = [](TributarySource*, std::uint32_t timeout_ms, TributaryGroup* group, TributaryError* error) {
            current->timeout = timeout_ms;
            return current->read(*group, *error);
        };
        table.commit = [](TributarySource*, TributaryText checkpoint, TributaryError*) -> TributaryStatus {
            current->committed.push_back(text(checkpoint));
            return current->commit_status;
        };
        table.close = [](TributarySource*) { ++current->closed; };
        return table;
    }
};

/// Arrow structures that count their releases in place of the ones of the builder.
struct CountedBatch {
    TributaryBatch batch{};
    static inline int live = 0;

    explicit CountedBatch(std::uint32_t stream, int rows = 1, bool with_schema = true) {
        sdk::Utf8BatchBuilder builder(1, 65'537);
        for (int i = 0; i < rows; ++i) {
            builder.put(0, "v" + std::to_string(i));
            builder.finish_row();
        }
        batch.stream = stream;
        batch.first_row = 1;
        batch.array = counted(builder.finish());
        if (with_schema) {
            batch.schema = counted(sdk::utf8_schema({"name"}));
        }
    }

    template <typename Structure>
    static Structure counted(Structure inner) {
        ++live;
        Structure outer = inner;
        outer.private_data = new Structure(inner);
        outer.release = [](Structure* taken) {
            auto* const held = static_cast<Structure*>(taken->private_data);
            held->release(held);
            delete held;
            taken->release = nullptr;
            --live;
        };
        return outer;
    }
};

}  // namespace tributary::test
