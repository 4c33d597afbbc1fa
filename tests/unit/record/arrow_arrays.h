#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/arrow_c_data.h"

namespace tributary::test {

/// An Arrow array as a plugin would make it, with everything that a test may want to break left open. Counts how often
/// it was released; both must outlive what is imported.
struct TestArray {
    std::vector<std::int32_t> offsets;
    std::string data;
    std::vector<std::int64_t> values;
    std::vector<std::uint8_t> validity;
    std::vector<const void*> buffers;
    std::vector<ArrowArray*> children;
    int released = 0;
    ArrowArray array{};

    TestArray() {
        array.private_data = this;
        array.release = [](ArrowArray* taken) {
            auto* const self = static_cast<TestArray*>(taken->private_data);
            ++self->released;
            for (std::int64_t i = 0; i < taken->n_children; ++i) {
                ArrowArray* const child = taken->children == nullptr ? nullptr : taken->children[i];
                if (child != nullptr && child->release != nullptr) {
                    child->release(child);
                }
            }
            taken->release = nullptr;
        };
    }
    TestArray(const TestArray&) = delete;
    TestArray& operator=(const TestArray&) = delete;

    /// Points the structure at the parts, after they were changed.
    void point() {
        array.buffers = buffers.data();
        array.n_buffers = static_cast<std::int64_t>(buffers.size());
        array.children = children.data();
        array.n_children = static_cast<std::int64_t>(children.size());
    }
};

using TestArrayPtr = std::unique_ptr<TestArray>;

inline std::vector<std::uint8_t> bit_map(const std::vector<bool>& bits) {
    std::vector<std::uint8_t> map((bits.size() + 7) / 8, 0);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits[i]) {
            map[i / 8] = static_cast<std::uint8_t>(map[i / 8] | (1U << (i % 8)));
        }
    }
    return map;
}

/// Nothing stands for null.
inline TestArrayPtr text_array(const std::vector<std::optional<std::string>>& texts) {
    auto result = std::make_unique<TestArray>();
    std::vector<bool> valid;
    result->offsets.push_back(0);
    for (const auto& text : texts) {
        valid.push_back(text.has_value());
        result->data += text.value_or("");
        result->offsets.push_back(static_cast<std::int32_t>(result->data.size()));
        result->array.null_count += text ? 0 : 1;
    }
    result->validity = bit_map(valid);
    result->array.length = static_cast<std::int64_t>(texts.size());
    result->buffers = {result->array.null_count == 0 ? nullptr : result->validity.data(), result->offsets.data(),
                       result->data.data()};
    result->point();
    return result;
}

inline TestArrayPtr int64_array(const std::vector<std::int64_t>& values, const std::vector<bool>& valid = {}) {
    auto result = std::make_unique<TestArray>();
    result->values = values;
    result->validity = bit_map(valid);
    result->array.length = static_cast<std::int64_t>(values.size());
    result->array.null_count = -1;
    result->buffers = {valid.empty() ? nullptr : result->validity.data(), result->values.data()};
    result->point();
    return result;
}

inline TestArrayPtr struct_array(std::int64_t length, const std::vector<TestArray*>& children) {
    auto result = std::make_unique<TestArray>();
    for (TestArray* const child : children) {
        result->children.push_back(&child->array);
    }
    result->array.length = length;
    result->buffers = {nullptr};
    result->point();
    return result;
}

}  // namespace tributary::test
