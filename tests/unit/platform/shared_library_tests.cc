#include "agent/platform/shared_library.h"

#include <boost/test/unit_test.hpp>

#include "agent/platform/error.h"
#include "agent/platform/process.h"
#include "tests/unit/platform/temporary_folder.h"

namespace tributary {
namespace {

std::filesystem::path sample() {
    return program_folder() / (std::string("sample_library") + SharedLibrary::extension());
}

using Answer = int (*)();

bool is_plugin_error_about(const Error& error, const std::string& name) {
    const std::string text = error.what();
    BOOST_TEST_INFO(text);
    return error.code() == ErrorCode::plugin && text.find("cannot load '") == 0 &&
           text.find(name) != std::string::npos && text.find("': ") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_library_tests)

BOOST_AUTO_TEST_CASE(a_function_of_a_loaded_library_can_be_called) {
    const SharedLibrary library(sample());
    void* const symbol = library.symbol("sample_answer");
    BOOST_REQUIRE(symbol != nullptr);
    BOOST_TEST(reinterpret_cast<Answer>(symbol)() == 42);
}

BOOST_AUTO_TEST_CASE(a_symbol_that_is_not_there_is_null) {
    const SharedLibrary library(sample());
    BOOST_TEST(library.symbol("no_such_symbol") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_library_is_refused_with_the_loaders_words) {
    const TemporaryFolder folder;
    folder.write("text.plugin", "this is no library");
    BOOST_CHECK_EXCEPTION(SharedLibrary(folder / "text.plugin"), Error,
                          [](const Error& error) { return is_plugin_error_about(error, "text.plugin"); });
    BOOST_CHECK_EXCEPTION(SharedLibrary(folder / "missing.plugin"), Error,
                          [](const Error& error) { return is_plugin_error_about(error, "missing.plugin"); });
}

BOOST_AUTO_TEST_CASE(a_bare_name_is_never_searched_for) {
    // Both would be found by a search of the system's folders.
    const char* const name = std::string_view(SharedLibrary::extension()) == ".dll" ? "kernel32.dll" : "libc.so.6";
    BOOST_CHECK_THROW(SharedLibrary{name}, Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tributary
