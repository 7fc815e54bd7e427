// SPDX-License-Identifier: Apache-2.0
//
// Memory under any sequence of calls and faults. Whatever people and bad luck do, extents cover
// memory once and without gaps, every page belongs to exactly one owner, and what the kernel's own
// bookkeeping claims is what it owns. A machine that dies is switched off and on and goes on.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/fd/memfd.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/world/vocabulary.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::world {
namespace {

enum class Act : std::uint8_t {
  preserve,
  unpreserve,
  restore,
  prepare,
  freeze,
  cancel,
  finish,
  kexec,
  write,
  close,
  preserve_page,
  unregister_subsystem,
  register_subsystem,
  fault,
};
constexpr std::array<std::string_view, 14> kWords{"preserve",
                                                  "unpreserve",
                                                  "restore",
                                                  "prepare",
                                                  "freeze",
                                                  "cancel",
                                                  "finish",
                                                  "kexec",
                                                  "write",
                                                  "close",
                                                  "preserve_page",
                                                  "unregister_subsystem",
                                                  "register_subsystem",
                                                  "fault"};

struct Operation {
  Act act = Act::prepare;
  std::uint32_t number = 0;  ///< descriptor, token, object or fault site
  std::uint32_t more = 0;    ///< calls of the site that still succeed, or the part to write
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  out << kWords.at(static_cast<std::size_t>(operation.act)) << " ";
  if (operation.act == Act::fault) {
    const auto sites = fault_sites();
    return out << sites[operation.number % sites.size()].name << " " << operation.more;
  }
  return out << operation.number << " " << operation.more;
}

rc::Gen<Operation> any_operation() {
  const auto act = rc::gen::weightedElement<Act>({{6, Act::preserve},
                                                  {1, Act::unpreserve},
                                                  {4, Act::restore},
                                                  {6, Act::prepare},
                                                  {3, Act::freeze},
                                                  {2, Act::cancel},
                                                  {3, Act::finish},
                                                  {5, Act::kexec},
                                                  {3, Act::write},
                                                  {1, Act::close},
                                                  {1, Act::preserve_page},
                                                  {1, Act::unregister_subsystem},
                                                  {1, Act::register_subsystem},
                                                  {4, Act::fault}});
  return rc::gen::build<Operation>(rc::gen::set(&Operation::act, act),
                                   rc::gen::set(&Operation::number, rc::gen::inRange(0U, 17U)),
                                   rc::gen::set(&Operation::more, rc::gen::inRange(0U, 4U)));
}

Scenario busy_machine() {
  Scenario scenario = bare_scenario(2 * kGiB);
  scenario.kernels[0].debugfs = true;
  add_subsystem(scenario, "net", /*preserves_page=*/true);
  add_subsystem(scenario, "pci");
  add_handler(scenario, "memfd-v1", "memfd");
  add_handler(scenario, "blob-v1", "blob");
  scenario.handlers.back().preserves_page = true;
  add_memfd(scenario, "guest", 16 * kMiB, 6 * kMiB);
  add_memfd(scenario, "small", kMiB, kMiB, memory::kPageBytes);
  add_test_file(scenario, "disk", "blob");
  return scenario;
}

class BusyMachine {
 public:
  BusyMachine() : machine_(busy_machine()) { machine_.switch_on(); }

  Machine& machine() { return machine_; }

  void apply(const Operation& operation) {
    if (machine_.is_dead()) machine_.switch_on();
    machine_.trace.forget_records();
    const std::uint64_t number = operation.number;
    switch (operation.act) {
      case Act::preserve:
        spawn(uapi::kFdPreserve, 3 + number % 6);
        break;
      case Act::unpreserve:
        spawn(uapi::kFdUnpreserve, number % 4);
        break;
      case Act::restore:
        spawn(uapi::kFdRestore, 0, number % 4);
        break;
      case Act::prepare:
        spawn(uapi::kEventPrepare);
        break;
      case Act::freeze:
        spawn(uapi::kEventFreeze);
        break;
      case Act::cancel:
        spawn(uapi::kEventCancel);
        break;
      case Act::finish:
        spawn(uapi::kEventFinish);
        break;
      case Act::kexec:
        spawn_program(uapi::kReboot, {0, 0});
        break;
      case Act::write:
        write(operation);
        break;
      case Act::close:
        spawn_program(uapi::kClose, {1, 3 + number % 6});
        break;
      case Act::preserve_page:
        spawn_program(fd::kPreservePage, {0, 0});
        break;
      case Act::unregister_subsystem:
        spawn_program(luo::v2::kUnregisterSubsystem, {number % objects(), 0});
        break;
      case Act::register_subsystem:
        spawn_program(luo::v2::kRegisterSubsystem, {number % objects(), 0});
        break;
      case Act::fault:
        add_fault(operation);
        break;
    }
    go_on();
  }

  /// True of every moment, also in the middle of a call.
  void check_memory() const {
    const memory::PhysicalMemory& memory = machine_.world.hardware.memory;
    const std::vector<memory::Extent>& extents = memory.extents();
    std::uint64_t reached = 0;
    std::map<memory::OwnerTag, std::uint64_t> owned;
    for (std::size_t index = 0; index < extents.size(); ++index) {
      RC_ASSERT(extents[index].count > 0U);
      RC_ASSERT(extents[index].first.value == reached);
      reached += extents[index].count;
      owned[extents[index].owner] += extents[index].count;
    }
    RC_ASSERT(reached == memory.pages());
    for (const auto& [owner, pages] : owned) {
      RC_ASSERT(memory.count_owned(owner) == pages);
      RC_ASSERT(owner == memory::kFree || owner_named(owner.hash) != "unknown");
    }
  }

  /// True whenever nobody is in the middle of a call: the kernel's books are right.
  void check_books() const {
    if (machine_.is_dead()) return;
    const Kernel& kernel = machine_.world.kernel;
    const memory::PhysicalMemory& memory = machine_.world.hardware.memory;
    RC_ASSERT(machine_.owned(kho::kBitmapOwner) == kernel.kho.tracker.pages.size());
    RC_ASSERT(machine_.owned(kho::kChunkOwner) == kernel.kho.chunks.size());
    RC_ASSERT(memory.at(memory::page_of(kernel.kho.root)).owner == kho::kRootOwner.tag());
    RC_ASSERT(machine_.owned(kho::kRootOwner) == 1U);
    std::uint64_t pages_of_memfds = 0;
    for (const fd::MemfdPiece& piece : kernel.fd.pieces) {
      const memory::Extent& first = memory.at(piece.first);
      RC_ASSERT(first.owner == fd::kMemfdOwner.tag());
      RC_ASSERT(first.owner_number == piece.memfd);
      pages_of_memfds += piece.pages;
    }
    RC_ASSERT(machine_.owned(fd::kMemfdOwner) == pages_of_memfds);
    std::uint64_t scratch = 0;
    for (const memory::PageRange& area : kernel.kho.scratch) scratch += area.count;
    RC_ASSERT(machine_.owned(kernel::kScratchOwner) == scratch);
    RC_ASSERT(machine_.world.schedule.locks().holders().empty());
    RC_ASSERT(machine_.records(kernel::KernelRecord::memory_freed_twice).empty());
  }

 private:
  std::uint64_t objects() const { return machine_.world.kernel.luo.subsystem_objects.size(); }
  void spawn(std::uint32_t number, std::uint64_t first = 0, std::uint64_t second = 0) {
    machine_.world.schedule.spawn({}, 1, uapi::kIoctl, {.values = {1, number, first, second}}, {},
                                  false);
  }
  void spawn_program(sim::ProgramId program, std::array<std::uint64_t, 2> values) {
    machine_.world.schedule.spawn({}, 1, program, {.values = {values[0], values[1], 0, 0}}, {},
                                  false);
  }
  void write(const Operation& operation) {
    const auto memfds = machine_.world.kernel.fd.memfds.size();
    if (memfds == 0) return;
    auto context = machine_.context();
    fd::write_memfd(context, static_cast<std::uint32_t>(operation.number % memfds), operation.more,
                    4, {100 + operation.number});
  }
  void add_fault(const Operation& operation) {
    const auto sites = fault_sites();
    machine_.fail(sites[operation.number % sites.size()], {}, operation.more);
  }
  void go_on() {
    check_memory();
    while (machine_.step()) check_memory();
    check_books();
  }

  Machine machine_;
};

RC_GTEST_PROP(AllocationsProperty, memory_stays_whole_under_any_calls_and_faults, ()) {
  BusyMachine busy;
  bool died = false;
  bool updated = false;
  for (const Operation& operation : *rc::gen::container<std::vector<Operation>>(any_operation())) {
    busy.apply(operation);
    died = died || busy.machine().is_dead();
    updated = updated || busy.machine().phase() == luo::v2::Phase::updated;
  }
  // What was reached, for whoever reads the distribution.
  RC_CLASSIFY(died, "a kernel died");
  RC_CLASSIFY(updated, "an update arrived");
}

RC_GTEST_PROP(AllocationsProperty, a_copy_of_the_machine_does_the_same, ()) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  const std::size_t half = operations.size() / 2;
  BusyMachine original;
  BusyMachine copy;
  for (std::size_t index = 0; index < half; ++index) original.apply(operations[index]);
  copy.machine().world = original.machine().world;
  for (std::size_t index = half; index < operations.size(); ++index) {
    original.apply(operations[index]);
    copy.apply(operations[index]);
    RC_ASSERT(copy.machine().world == original.machine().world);
    RC_ASSERT(digest_of(copy.machine().world) == digest_of(original.machine().world));
  }
}

// Who had how much, freed or not.
std::map<std::uint32_t, std::uint64_t> owners(const Machine& machine) {
  std::map<std::uint32_t, std::uint64_t> owned;
  for (const memory::Extent& extent : machine.world.hardware.memory.extents())
    owned[extent.owner.hash] += extent.count;
  return owned;
}

RC_GTEST_PROP(AllocationsProperty, cancel_gives_back_all_that_prepare_and_freeze_took, ()) {
  BusyMachine busy;
  Machine& machine = busy.machine();
  // Each file twice, so that prepare has something to collide with, and holes are filled at first.
  const auto files = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 3U));
  for (const std::uint32_t file : files) busy.apply({Act::preserve, file, 0});
  busy.apply({Act::prepare, 0, 0});
  busy.apply({Act::cancel, 0, 0});
  RC_ASSERT(machine.phase() == luo::v2::Phase::normal);
  const auto before = owners(machine);
  const auto rounds = *rc::gen::resize(8, rc::gen::arbitrary<std::vector<bool>>());
  for (const bool freezes : rounds) {
    busy.apply({Act::prepare, 0, 0});
    if (freezes) busy.apply({Act::freeze, 0, 0});
    RC_ASSERT(owners(machine) != before);
    busy.apply({Act::cancel, 0, 0});
    RC_ASSERT(owners(machine) == before);
  }
}

RC_GTEST_PROP(AllocationsProperty, an_undisturbed_update_hands_every_page_of_a_memfd_over, ()) {
  BusyMachine busy;
  Machine& machine = busy.machine();
  const auto files = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 3U));
  std::vector<std::uint32_t> wanted(files);
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (const std::uint32_t file : wanted) busy.apply({Act::preserve, file, 0});
  for (std::uint32_t part = 0; part < 4; ++part)
    busy.apply({Act::write, *rc::gen::inRange(0U, 2U), part});
  busy.apply({Act::prepare, 0, 0});
  busy.apply({Act::kexec, 0, 0});
  RC_ASSERT(machine.phase() == luo::v2::Phase::updated);
  std::uint64_t expected_pages = 0;
  for (std::uint32_t token = 0; token < wanted.size(); ++token) {
    busy.apply({Act::restore, token, 0});
    if (wanted[token] == 0) expected_pages += 16 * kMiB / memory::kPageBytes;
    if (wanted[token] == 1) expected_pages += kMiB / memory::kPageBytes;
  }
  RC_ASSERT(machine.owned(fd::kMemfdOwner) == expected_pages);
  busy.apply({Act::finish, 0, 0});
  RC_ASSERT(machine.phase() == luo::v2::Phase::normal);
  RC_ASSERT(machine.owned(fd::kMemfdOwner) == expected_pages);
  RC_ASSERT(machine.owned(kho::kIncomingOwner) == luo::v2::kTreePages);
}

}  // namespace
}  // namespace luosim::world
