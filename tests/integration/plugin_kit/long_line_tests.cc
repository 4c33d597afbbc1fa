#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "agent/platform/process.h"
#include "agent/source/source.h"
#include "tests/unit/platform/temporary_folder.h"

using namespace tributary;

BOOST_AUTO_TEST_SUITE(long_line_tests)

/// A real file with a line of 2 GB, through the real plugin: one row is lost to it, and memory stays small. The line is
/// a hole in the file (NUL bytes), which costs no disk.
BOOST_AUTO_TEST_CASE(a_line_of_2_gb_costs_one_row_and_little_memory) {
    const TemporaryFolder folder;
    const auto path = folder / "adm.csv";
    {
        std::ofstream file(path, std::ios::binary);
        file << "id,text\n";
        for (int i = 0; i < 1000; ++i) {
            file << i << ",x\n";
        }
        file.seekp(2'000'000'000, std::ios::cur);
        file << "\nlast,y\n";
    }
    auto plugin = Plugin::load(std::filesystem::path(TRIBUTARY_CSV_PLUGIN).parent_path(), "csv");
    SourceHost host;
    host.base_folder = folder.path().string();
    Source source(plugin, host, R"({"folder": ".", "settle": "0s", "moved_to": "taken"})",
                  {{"adm", R"({"files": "adm*"})"}});
    source.start("");
    const auto before = process_usage().peak_resident_bytes;
    std::uint64_t rows = 0;
    std::vector<Rejection> rejections;
    for (auto result = Source::ReadResult::nothing; result != Source::ReadResult::end;) {
        Group group;
        result = source.read(std::chrono::milliseconds(1000), group);
        for (const auto& item : group.batches) {
            rows += item.batch.rows();
        }
        rejections.insert(rejections.end(), group.rejections.begin(), group.rejections.end());
    }
    BOOST_CHECK_EQUAL(rows, 1001U);
    BOOST_REQUIRE_EQUAL(rejections.size(), 1U);
    BOOST_CHECK_EQUAL(rejections[0].reason, "record_too_long");
    BOOST_CHECK_EQUAL(rejections[0].row, 1001U);
    BOOST_CHECK_LT(process_usage().peak_resident_bytes - before, 32U << 20U);
}

BOOST_AUTO_TEST_SUITE_END()
