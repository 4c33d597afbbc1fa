#include "agent/config/overrides.h"

#include <algorithm>

#include "agent/config/quoted_text.h"

namespace tributary {

namespace {

const std::vector<std::string>& overridable() {
    static const std::vector<std::string> names{"time_zone",
                                                "workers",
                                                "folders.data",
                                                "folders.plugins",
                                                "folders.keys",
                                                "repository.url",
                                                "repository.authority",
                                                "repository.certificate",
                                                "repository.private_key",
                                                "repository.encryption_certificate",
                                                "repository.signing_certificate",
                                                "repository.connect_timeout",
                                                "repository.answer_timeout",
                                                "repository.proxy.url",
                                                "repository.proxy.user",
                                                "repository.proxy.password",
                                                "repository.proxy.no_proxy",
                                                "upload.schedule.every",
                                                "upload.schedule.at",
                                                "upload.schedule.cron",
                                                "upload.schedule.watch",
                                                "upload.windows",
                                                "upload.connections",
                                                "upload.bandwidth",
                                                "queue.quota",
                                                "queue.keep_free",
                                                "queue.reserve",
                                                "log.to",
                                                "log.format",
                                                "log.level",
                                                "log.file",
                                                "log.rotate",
                                                "log.keep"};
    return names;
}

YamlNode scalar_node(const std::string& text, bool quoted, const Location& location) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.location = location;
    node.scalar = text;
    node.quoted = quoted;
    return node;
}

YamlNode& child(YamlNode& mapping, const std::string& key, const Location& location) {
    for (auto& [name, value] : mapping.entries) {
        if (name.scalar == key) {
            return value;
        }
    }
    YamlNode empty;
    empty.kind = YamlNode::Kind::mapping;
    empty.location = location;
    auto& entry = mapping.entries.emplace_back(scalar_node(key, true, location), std::move(empty));
    return entry.second;
}

void set(YamlNode& document, std::string_view name, const std::string& text, const Location& location) {
    const bool is_number = name == "workers" || name == "log.keep" || name == "upload.connections";
    YamlNode* node = &document;
    for (;;) {
        if (node->is_null()) {
            node->kind = YamlNode::Kind::mapping;
        }
        if (!node->is_mapping()) {
            return;  // reported when the document is read
        }
        const auto dot = name.find('.');
        const std::string key(name.substr(0, dot));
        node = &child(*node, key, location);
        if (dot == std::string_view::npos) {
            *node = scalar_node(text, !is_number, location);
            return;
        }
        name.remove_prefix(dot + 1);
        if (key == "schedule") {
            node->entries.clear();  // one way to say when takes the place of another
            node->kind = YamlNode::Kind::mapping;
        }
    }
}

}  // namespace

YamlNode with_overrides(const YamlNode& document, const ConfigurationOverrides& overrides, Diagnostics& diagnostics) {
    YamlNode result = document;
    std::string schedule;
    for (const auto& [name, text] : overrides) {
        const Location location{"setting " + name, 0, 0};
        const auto& names = overridable();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            const auto near = nearest(name, names);
            diagnostics.error({}, "there is no setting " + quoted_text(name) + " that can stand above the file" +
                                      (near ? "; did you mean " + quoted_text(*near) + "?" : ""));
            continue;
        }
        if (name.starts_with("upload.schedule.")) {
            if (!schedule.empty()) {
                diagnostics.error(location, "stands beside " + quoted_text(schedule) + "; keep one of them");
                continue;
            }
            schedule = name;
        }
        set(result, name, text, location);
    }
    return result;
}

}  // namespace tributary
