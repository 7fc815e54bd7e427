// SPDX-License-Identifier: Apache-2.0
//
// The ioctls of /dev/liveupdate. Commands are matched on the full number: a known number with
// another size or direction is as unknown as any other.
#include <algorithm>

#include "model/fd/self_test.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/record.hpp"
#include "model/uapi/knobs.hpp"
#include "model/uapi/parts.hpp"

namespace luosim::uapi {

namespace {

using fd::Context;
using sim::Outcome;

constexpr sim::ProgramId kPreserveDescriptor{sim::name_hash("uapi.fd_preserve")};
constexpr sim::ProgramId kUnpreserveToken{sim::name_hash("uapi.fd_unpreserve")};
constexpr sim::ProgramId kRestoreDescriptor{sim::name_hash("uapi.fd_restore")};
constexpr sim::ProgramId kGetStateCommand{sim::name_hash("uapi.get_state")};
constexpr sim::ProgramId kSelfTestCommand{sim::name_hash("uapi.self_tests")};

constexpr Command kCommands[] = {
    {kFdPreserve, "FD_PRESERVE", kPreserveDescriptor, true, true},
    {kFdUnpreserve, "FD_UNPRESERVE", kUnpreserveToken, true, false},
    {kFdRestore, "FD_RESTORE", kRestoreDescriptor, true, true},
    {kGetState, "GET_STATE", kGetStateCommand, false, true},
    {kEventPrepare, "EVENT_PREPARE", kho::kFinalize, false, false},
    {kEventFreeze, "EVENT_FREEZE", luo::v2::kFreezeEvent, false, false},
    {kEventCancel, "EVENT_CANCEL", kho::kAbort, false, false},
    {kEventFinish, "EVENT_FINISH", luo::v2::kFinish, false, false},
    {kSelfTests, "SELFTESTS", kSelfTestCommand, true, false},
};

const Command* command_with(std::uint64_t number) {
  const auto command = std::find_if(std::begin(kCommands), std::end(kCommands),
                                    [&](const Command& each) { return each.number == number; });
  return command == std::end(kCommands) ? nullptr : command;
}

// values {process, number, first word, second word}
const Command& command_of(Context& context) {
  return *command_with(context.frame().values[1]);
}

Outcome match_number(Context& context) {
  return command_with(context.frame().values[1]) == nullptr
             ? sim::fail(-kernel::kENOTTY)
             : sim::done(context.timing.of(timing::Cost::system_call));
}

Outcome copy_in(Context& context) {
  if (!command_of(context).copies_in) return sim::done();
  const auto fault = context.fault(kCopyFromUserSite);
  return fault ? sim::fail(*fault) : sim::done();
}

Outcome run_command(Context& context) {
  const sim::Frame& frame = context.frame();
  return sim::call(command_of(context).program,
                   {.values = {frame.values[0], 0, frame.values[2], frame.values[3]}});
}

Outcome check_result(Context& context) {
  const std::int64_t result = context.frame().result;
  return result == 0 ? sim::done() : sim::fail(result);
}

// A command that LUO has nothing to do with, since it was switched off (bug B22).
Outcome check_that_it_is_switched_on(Context& context) {
  const bool is_on = !context.kho.enabled || context.kernel.options.liveupdate;
  const bool only_asks = context.frame().values[1] == kGetState;
  return is_on || only_asks ? sim::done() : sim::fail(-kernel::kEOPNOTSUPP);
}

// The effect stays when this fails (bug B31).
Outcome copy_out(Context& context) {
  if (!command_of(context).copies_out) return sim::done();
  const auto fault = context.fault(kCopyToUserSite);
  return fault ? sim::fail(*fault) : sim::done();
}

constexpr sim::Step kIoctlSteps[] = {
    {"match the number", sim::step<match_number>},
    {"check that live update is on",
     sim::step<check_that_it_is_switched_on>,
     {},
     sim::only_if(luo::v2::kLiveupdateOffIsOff)},
    {"copy the argument in", sim::step<copy_in>},
    {"make room for the result writable",
     sim::step<copy_out>,
     {},
     sim::only_if(kResultIsFaultedInFirst)},
    {"run the command", sim::step<run_command>},
    {"check its result", sim::step<check_result>},
    {"copy the result out", sim::step<copy_out>, {}, sim::unless(kResultIsFaultedInFirst)},
};

// Commands get values {process, -, first word, second word}.
std::uint32_t process_of(Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

Outcome look_descriptor_up(Context& context) {
  const auto number = static_cast<std::int32_t>(context.frame().values[2] & 0xFFFF'FFFF);
  const auto file = context.kernel.files.find(process_of(context), number);
  if (!file) return sim::fail(-kernel::kEBADF);
  context.frame().local[0] = file->index;
  return sim::done();
}

std::uint64_t flags_of(Context& context) {
  return context.frame().values[2] >> 32;
}

Outcome check_flags(Context& context) {
  return flags_of(context) != 0 ? sim::fail(-kernel::kEINVAL) : sim::done();
}

// The flags, the upper half of the first word, are never looked at (bug B32).
Outcome preserve_file(Context& context) {
  if (flags_of(context) != 0)
    context.record(
        {.kind = luo::v2::LuoRecord::flags_ignored, .values = {flags_of(context), 0, 0, 0}});
  return sim::call(luo::v2::kPreserveFile, {.values = {context.frame().local[0], 0, 0, 0}});
}

constexpr sim::Step kPreserveSteps[] = {
    {"check that the flags are zero", sim::step<check_flags>, {}, sim::only_if(kFlagsAreChecked)},
    {"look the descriptor up", sim::step<look_descriptor_up>},
    {"preserve its file", sim::step<preserve_file>},
};

Outcome unpreserve_token(Context& context) {
  return sim::call(luo::v2::kUnpreserveFile, {.values = {context.frame().values[2], 0, 0, 0}});
}

constexpr sim::Step kUnpreserveSteps[] = {{"unpreserve the token", sim::step<unpreserve_token>}};

Outcome find_free_descriptor(Context& context) {
  const auto fault = context.fault(luo::v2::kDescriptorSite);
  return fault ? sim::fail(*fault) : sim::done();
}

Outcome restore_token(Context& context) {
  return sim::call(luo::v2::kRestoreFile, {.values = {context.frame().values[3], 0, 0, 0}});
}

// A handler that answers with a positive number brought no file, but is believed (bug B15).
Outcome install_file(Context& context) {
  const std::int64_t result = context.frame().result;
  if (result != 0) return sim::fail(result);
  const kernel::FileId file{static_cast<std::uint32_t>(context.frame().word)};
  if (file == kernel::kNoFile) {
    context.record({.kind = luo::v2::LuoRecord::garbage_installed});
    return sim::done();
  }
  const std::int32_t descriptor = context.kernel.files.install(process_of(context), file);
  context.frame().word = static_cast<std::uint64_t>(descriptor);
  context.record({.kind = luo::v2::LuoRecord::file_restored,
                  .object = context.kernel.files[file].name,
                  .values = {context.frame().values[3], static_cast<std::uint64_t>(descriptor),
                             file.index, 0}});
  return sim::done();
}

constexpr sim::Step kRestoreSteps[] = {
    {"find a free descriptor", sim::step<find_free_descriptor>},
    {"restore the file", sim::step<restore_token>},
    {"install it", sim::step<install_file>},
};

// Read without the phase lock (race I4).
Outcome read_phase(Context& context) {
  context.frame().word = static_cast<std::uint64_t>(context.luo.phase);
  context.record(
      {.kind = luo::v2::LuoRecord::phase_read, .values = {context.frame().word, 0, 0, 0}});
  return sim::done();
}

constexpr sim::Step kGetStateSteps[] = {
    {"read-lock the phase",
     sim::step<luo::v2::read_phase_lock>,
     {},
     sim::only_if(luo::v2::kReadPhaseUnderLock)},
    {"read the phase", sim::step<read_phase>},
    {"release the phase lock",
     sim::step<luo::v2::release_phase_lock>,
     {},
     sim::only_if(luo::v2::kReadPhaseUnderLock)},
};

// The argument is {command, symbol of the name}.
Outcome run_self_test(Context& context) {
  if (!context.kernel.options.selftests) return sim::fail(-kernel::kEOPNOTSUPP);
  constexpr sim::ProgramId kByCommand[] = {fd::kSelfTestRegister, fd::kSelfTestUnregister,
                                           fd::kSelfTestGetData};
  const std::uint64_t command = context.frame().values[2];
  if (command >= std::size(kByCommand)) return sim::fail(-kernel::kENOTTY);
  return sim::call(kByCommand[command], {.values = {context.frame().values[3], 0, 0, 0}});
}

constexpr sim::Step kSelfTestSteps[] = {{"run the sub-command", sim::step<run_self_test>}};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const sim::Program kIoctlProgram{"uapi.ioctl", "ioctl(2) on /dev/liveupdate", kIoctlSteps};
const sim::Program kPreserveDescriptorProgram{
    "uapi.fd_preserve", "FD_PRESERVE: gives the file of a descriptor a token", kPreserveSteps};
const sim::Program kUnpreserveTokenProgram{"uapi.fd_unpreserve", "FD_UNPRESERVE: forgets a token",
                                           kUnpreserveSteps};
const sim::Program kRestoreDescriptorProgram{
    "uapi.fd_restore", "FD_RESTORE: gives the file of a token a descriptor", kRestoreSteps};
const sim::Program kGetStateProgram{"uapi.get_state", "GET_STATE: the phase as a number",
                                    kGetStateSteps};
const sim::Program kSelfTestProgram{"uapi.self_tests", "SELFTESTS: the in-kernel self test",
                                    kSelfTestSteps};

}  // namespace luosim::uapi
