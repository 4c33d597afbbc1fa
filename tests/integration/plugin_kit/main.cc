// plugin_contract SUBJECT.json: holds any plugin against the contract, for whoever writes one. The file says what to
// load and what to expect:
//   {"library": "build/my_plugin.so", "name": "my", "base_folder": "/tmp/x", "options": {...},
//    "streams": [{"name": "a", "options": {...}}], "prepare": "a shell command that puts the source into its first
//    state", "rows": ["a:1|x"], "ordered": true, "ends": true, "schema_known": true, "secrets": ["Surname"],
//    "bad_options": [{"options": {...}, "pointer": "/folder"}]}

#include <Poco/JSON/Parser.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "tests/integration/plugin_kit/contract.h"

namespace {

using Poco::JSON::Object;

std::string json_of(const Object& object, const std::string& name) {
    std::ostringstream text;
    if (const auto part = object.getObject(name)) {
        part->stringify(text);
    }
    return text.str().empty() ? "{}" : text.str();
}

std::vector<std::string> texts_of(const Object& object, const std::string& name) {
    std::vector<std::string> texts;
    if (const auto array = object.getArray(name)) {
        for (unsigned i = 0; i < array->size(); ++i) {
            texts.push_back(array->getElement<std::string>(i));
        }
    }
    return texts;
}

tributary::plugin_kit::Subject subject_of(const Object& json) {
    tributary::plugin_kit::Subject subject;
    subject.library = std::filesystem::absolute(json.getValue<std::string>("library"));
    subject.name = json.getValue<std::string>("name");
    subject.base_folder = json.optValue<std::string>("base_folder", "");
    subject.options = json_of(json, "options");
    const auto streams = json.getArray("streams");
    for (unsigned i = 0; streams && i < streams->size(); ++i) {
        const auto stream = streams->getObject(i);
        subject.streams.push_back({stream->getValue<std::string>("name"), json_of(*stream, "options")});
    }
    const auto bad = json.getArray("bad_options");
    for (unsigned i = 0; bad && i < bad->size(); ++i) {
        const auto item = bad->getObject(i);
        subject.bad_options.push_back(
            {json_of(*item, "options"), subject.streams, item->getValue<std::string>("pointer")});
    }
    subject.prepare = [command = json.optValue<std::string>("prepare", "true")] {
        if (std::system(command.c_str()) != 0) {
            throw std::runtime_error("the command that prepares the source failed");
        }
    };
    subject.rows = texts_of(json, "rows");
    subject.secrets = texts_of(json, "secrets");
    subject.ordered = json.optValue("ordered", true);
    subject.ends = json.optValue("ends", true);
    subject.schema_known = json.optValue("schema_known", true);
    return subject;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        std::ifstream file(count == 2 ? arguments[1] : "");
        if (!file) {
            std::cerr << "usage: plugin_contract SUBJECT.json (see main.cc for what stands in it)\n";
            return 2;
        }
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const auto faults =
            tributary::plugin_kit::check_contract(subject_of(*Poco::JSON::Parser().parse(text).extract<Object::Ptr>()));
        for (const auto& fault : faults) {
            std::cout << fault << "\n";
        }
        std::cout << (faults.empty() ? "the plugin keeps the contract\n" : "the plugin breaks the contract\n");
        return faults.empty() ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 2;
    }
}
