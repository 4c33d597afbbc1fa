#include "agent/platform/fault_point.h"

#include <array>
#include <utility>

namespace tributary {

namespace {

constexpr std::array<std::pair<FaultPoint, std::string_view>, 39> names{{
    {FaultPoint::agent_queue_opened, "agent.queue_opened"},
    {FaultPoint::agent_run_begun, "agent.run_begun"},
    {FaultPoint::agent_chunks_sealed, "agent.chunks_sealed"},
    {FaultPoint::outbox_before_commit, "outbox.before_commit"},
    {FaultPoint::outbox_after_commit, "outbox.after_commit"},
    {FaultPoint::outbox_in_close, "outbox.in_close"},
    {FaultPoint::outbox_before_retraction, "outbox.before_retraction"},
    {FaultPoint::outbox_after_retraction, "outbox.after_retraction"},
    {FaultPoint::agent_before_source_commit, "agent.before_source_commit"},
    {FaultPoint::agent_after_source_commit, "agent.after_source_commit"},
    {FaultPoint::agent_before_run_end, "agent.before_run_end"},
    {FaultPoint::outbox_in_run_end, "outbox.in_run_end"},
    {FaultPoint::outbox_after_run_end, "outbox.after_run_end"},
    {FaultPoint::courier_before_announce, "courier.before_announce"},
    {FaultPoint::courier_after_announce, "courier.after_announce"},
    {FaultPoint::courier_before_send, "courier.before_send"},
    {FaultPoint::courier_after_send, "courier.after_send"},
    {FaultPoint::courier_before_receipt_commit, "courier.before_receipt_commit"},
    {FaultPoint::courier_in_receipt_commit, "courier.in_receipt_commit"},
    {FaultPoint::courier_after_receipt_commit, "courier.after_receipt_commit"},
    {FaultPoint::courier_before_run_receipt, "courier.before_run_receipt"},
    {FaultPoint::courier_after_run_receipt, "courier.after_run_receipt"},
    {FaultPoint::audit_before_head, "audit.before_head"},
    {FaultPoint::audit_between_head_and_line, "audit.between_head_and_line"},
    {FaultPoint::salvage_saved, "salvage.saved"},
    {FaultPoint::salvage_moved, "salvage.moved"},
    {FaultPoint::repository_announced, "repository.announced"},
    {FaultPoint::repository_bytes_stored, "repository.bytes_stored"},
    {FaultPoint::repository_before_store, "repository.before_store"},
    {FaultPoint::repository_after_store, "repository.after_store"},
    {FaultPoint::repository_in_ledger_commit, "repository.in_ledger_commit"},
    {FaultPoint::repository_after_ledger_commit, "repository.after_ledger_commit"},
    {FaultPoint::repository_in_run_commit, "repository.in_run_commit"},
    {FaultPoint::repository_after_run_commit, "repository.after_run_commit"},
    {FaultPoint::repository_before_landing, "repository.before_landing"},
    {FaultPoint::repository_after_landing, "repository.after_landing"},
    {FaultPoint::repository_landed, "repository.landed"},
    {FaultPoint::repository_before_removal, "repository.before_removal"},
    {FaultPoint::repository_after_removal, "repository.after_removal"},
}};

}  // namespace

std::string_view to_string(FaultPoint point) noexcept {
    for (const auto& [each, name] : names) {
        if (each == point) {
            return name;
        }
    }
    return "";
}

}  // namespace tributary

#ifdef TRIBUTARY_FAULTS

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/platform/error.h"
#include "agent/platform/process.h"

namespace tributary {

namespace {

enum class Action { kill, stall, fail };

struct Fault {
    std::string_view point;
    Action action = Action::kill;
    std::atomic<int> passes_left = 1;
};

[[noreturn]] void misused(std::string_view text) {
    std::fprintf(stderr, "TRIBUTARY_FAULT: '%.*s' is not POINT:ACTION:N\n", static_cast<int>(text.size()), text.data());
    std::_Exit(2);
}

bool is_known(std::string_view point) {
    bool known = point == "any";
    for (const auto& [each, name] : names) {
        known = known || name == point;
    }
    return known;
}

/// What the environment asks for, read once.
class Plan {
  public:
    Plan() {
        const char* const text = std::getenv("TRIBUTARY_FAULT");
        std::string_view rest = text == nullptr ? "" : text;
        if (rest == "list") {
            for (const auto& [point, name] : names) {
                std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
            }
            std::fflush(stdout);
            std::_Exit(0);
        }
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            add(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    void pass(std::string_view point) {
        for (const auto& fault : faults_) {
            if ((fault->point == point || fault->point == "any") && --fault->passes_left == 0) {
                happen(*fault, point);
            }
        }
    }

  private:
    void add(std::string_view text) {
        const auto first = text.find(':');
        const auto second = text.rfind(':');
        if (first == std::string_view::npos || second == first) {
            misused(text);
        }
        auto fault = std::make_unique<Fault>();
        fault->point = text.substr(0, first);
        const auto action = text.substr(first + 1, second - first - 1);
        const auto number = text.substr(second + 1);
        int passes = 0;
        const auto read = std::from_chars(number.data(), number.data() + number.size(), passes);
        if (!is_known(fault->point) || read.ec != std::errc() || passes < 1) {
            misused(text);
        }
        fault->passes_left = passes;
        if (action == "stall") {
            fault->action = Action::stall;
        } else if (action == "throw") {
            fault->action = Action::fail;
        } else if (action != "kill") {
            misused(text);
        }
        faults_.push_back(std::move(fault));
    }

    static void happen(const Fault& fault, std::string_view point) {
        switch (fault.action) {
            case Action::kill:
                kill_this_process();
            case Action::stall:
                std::this_thread::sleep_for(std::chrono::seconds(2));
                return;
            case Action::fail:
                throw Error(ErrorCode::storage, "the fault point " + std::string(point) + " was told to fail");
        }
    }

    std::vector<std::unique_ptr<Fault>> faults_;
};

Plan plan;

}  // namespace

void fault_point(FaultPoint point) {
    plan.pass(to_string(point));
}

}  // namespace tributary

#endif
