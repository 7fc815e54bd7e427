// SPDX-License-Identifier: Apache-2.0
//
// An error that a participant, or another client of KHO, answered with is passed on as it is; and a
// fault that a scenario lets happen in a call may be given any number. LUO is a client of KHO too,
// but what it answers is the protocol's own doing.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using kho::KhoRecord::client_called;
using luo::v2::LuoRecord::callback;
using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;

constexpr sim::RecordKind kLooksAfter[] = {call_begins,
                                           call_returns,
                                           callback,
                                           client_called,
                                           sim::EngineRecord::fault_fired,
                                           kernel::KernelRecord::boot_begins};

struct Row {
  Verb verb;
  std::array<std::int64_t, 8> errors;
};

// Sections 2, 4, 6 and 9, and what luo-v2-bugs.md expects where the posted code answers otherwise.
// clang-format off
constexpr Row kTable[] = {
    {Verb::preserve, {kernel::kENOENT, kernel::kEBADF, kernel::kEFAULT, kernel::kEBUSY, kernel::kENOMEM, kernel::kEEXIST, kernel::kEINVAL, kernel::kEOPNOTSUPP}},
    {Verb::unpreserve, {kernel::kENOENT, kernel::kEFAULT, kernel::kEBUSY, kernel::kEOPNOTSUPP}},
    {Verb::restore, {kernel::kENOENT, kernel::kEFAULT, kernel::kEBUSY, kernel::kEINVAL, kernel::kEMFILE, kernel::kENODEV, kernel::kEIO, kernel::kEOPNOTSUPP}},
    {Verb::prepare, {kernel::kEEXIST, kernel::kEINVAL, kernel::kEOPNOTSUPP, kernel::kENOMEM, kernel::kENOSPC, kernel::kEAGAIN}},
    {Verb::kho_finalize, {kernel::kEEXIST, kernel::kEINVAL, kernel::kEOPNOTSUPP, kernel::kENOMEM, kernel::kENOSPC, kernel::kEAGAIN}},
    {Verb::debugfs_finalize, {kernel::kEEXIST, kernel::kEINVAL, kernel::kEOPNOTSUPP, kernel::kENOMEM, kernel::kENOSPC, kernel::kEAGAIN, kernel::kENOENT}},
    {Verb::freeze, {kernel::kEINVAL, kernel::kEAGAIN, kernel::kENOMEM, kernel::kEOPNOTSUPP}},
    {Verb::cancel, {kernel::kENOENT, kernel::kEINVAL, kernel::kEAGAIN, kernel::kEOPNOTSUPP}},
    {Verb::kho_abort, {kernel::kENOENT, kernel::kEINVAL, kernel::kEAGAIN, kernel::kEOPNOTSUPP}},
    {Verb::finish, {kernel::kEINVAL, kernel::kEAGAIN, kernel::kEOPNOTSUPP}},
    {Verb::reboot_kexec, {kernel::kEINVAL, kernel::kEAGAIN, kernel::kEBUSY, kernel::kENOMEM, kernel::kEOPNOTSUPP}},
    {Verb::reboot_without_image, {kernel::kEINVAL, kernel::kEAGAIN, kernel::kEBUSY, kernel::kENOMEM, kernel::kEOPNOTSUPP}},
    {Verb::get_state, {kernel::kEFAULT}},
    {Verb::read_sysfs, {kernel::kENOENT}},
    {Verb::close, {kernel::kEBADF}},
    {Verb::register_subsystem, {kernel::kEBUSY, kernel::kEEXIST, kernel::kENOENT, kernel::kEINVAL}},
    {Verb::unregister_subsystem, {kernel::kEBUSY, kernel::kENOENT}},
    {Verb::register_handler, {kernel::kEBUSY, kernel::kEEXIST, kernel::kENOENT}},
    {Verb::unregister_handler, {kernel::kEBUSY, kernel::kENOENT}},
};
// clang-format on

const Row* row_of(Verb verb) {
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const Row& each) { return each.verb == verb; });
  return row == std::end(kTable) ? nullptr : row;
}

// Notes: by task and number, an error that somebody else answered with during its call.
std::uint64_t note_of(sim::TaskId task, std::int64_t status) {
  return std::uint64_t{task.index} << 32 | static_cast<std::uint32_t>(status);
}

void forget_answers(Look& look) {
  look.notes.erase_range(note_of(look.record.task, 0), note_of({look.record.task.index + 1}, 0));
}

void note_answer(Look& look, std::uint64_t value) {
  const auto status = static_cast<std::int64_t>(value);
  if (status < 0) look.notes.set(note_of(look.record.task, status), 1);
}

void look_after_return(Look& look) {
  const Verb verb = verb_of(look.record);
  const std::int64_t status = status_of(look.record);
  const Row* row = row_of(verb);
  const bool was_passed_on = look.notes.find(note_of(look.record.task, status)).has_value();
  forget_answers(look);
  if (status >= 0 || row == nullptr || was_passed_on) return;
  if (std::find(row->errors.begin(), row->errors.end(), -status) != row->errors.end()) return;
  look.say(fmt::format("{} = {}, which is no documented answer of it", userspace::word_of(verb),
                       error_text(status)));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::boot_begins) {
    look.notes.clear();
  } else if (record.kind == call_begins) {
    forget_answers(look);
  } else if (record.kind == callback || record.kind == sim::EngineRecord::fault_fired) {
    note_answer(look, record.values[2]);
  } else if (record.kind == client_called) {
    const bool is_luo = record.subject == sim::Symbol{};
    if (!is_luo) note_answer(look, record.values[1]);
  } else {
    look_after_return(look);
  }
}

}  // namespace

const Guarantee kErrorsAreDocumented{
    .id = "errors-are-documented",
    .promise =
        "Every call answers with an error that its documentation names, or that a participant "
        "answered with.",
    .rule = "Raw numbers of a library are no errno (luo-v2-bugs.md, B34).",
    .family = "interface",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
