// SPDX-License-Identifier: Apache-2.0
//
// A kernel with KHO, LUO and the files that hold memory, on a machine without devices. A test plays
// user space; the next kernel knows only what memory tells it. Huge pages are set aside at boot, as
// many as the test says.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/driver/knobs.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/startup.hpp"
#include "tests/unit/device/files_world.hpp"

namespace luosim::fd {

inline constexpr std::uint64_t kMiB = 1ULL << 20;
inline constexpr std::uint64_t kPagesPerMiB = kMiB / memory::kPageBytes;
inline constexpr std::uint32_t kHugeOrder = 9;  // 2 MiB
inline constexpr std::uint64_t kHugePages = 1ULL << kHugeOrder;

struct KnobSetting {
  const sim::Knob& knob;
  std::uint8_t value;
};

class MemoryFilesWorld : public FilesWorld {
 public:
  static constexpr std::uint64_t kPages = 1ULL << 16;  // 256 MiB

  std::uint64_t huge_pages = 0;  ///< that a boot sets aside; 0: there is no pool
  std::int64_t pool_status = 0;  ///< what that came to

  /// `more` are programs of the test.
  explicit MemoryFilesWorld(const std::vector<KnobSetting>& settings = {}, std::uint64_t huge = 0,
                            std::vector<const sim::Program*> more = {})
      : FilesWorld(kPages, sim::Programs(all_programs(std::move(more)), knobs_of(settings))),
        huge_pages(huge) {
    boot();
  }

  template <class Reached>
  bool run_until(Reached reached) {
    while (!reached())
      if (!step()) return false;
    return true;
  }

  std::int64_t freeze() { return call(luo::v2::kReboot).status; }

  /// The next kernel boots.
  void jump() {
    leave_kernel();
    boot();
  }
  /// From one kernel to the next, as far as it goes; what stopped it, or 0.
  std::int64_t update() {
    if (const std::int64_t error = prepare(); error != 0) return error;
    if (const std::int64_t error = freeze(); error != 0) return error;
    jump();
    return 0;
  }

  /// The next call of a site for an instance does what the site says.
  void fail(const sim::FaultSite& site, std::string_view instance = {}, std::uint32_t skip = 0) {
    faults.add({.site = site.id(),
                .instance = instance.empty() ? 0 : sim::name_hash(instance),
                .skip = skip,
                .value = site.value});
  }

  kernel::FileId memfd(std::uint64_t bytes, std::uint64_t hole_bytes = 0,
                       std::uint64_t folio_bytes = 2 * kMiB) {
    Context now = context();
    return *create_memfd(now, names.intern("memory"), bytes, folio_bytes, hole_bytes);
  }
  std::optional<kernel::FileId> hugetlb(std::uint64_t bytes, std::uint64_t hole_bytes = 0) {
    Context now = context();
    return create_hugetlb_memfd(now, names.intern("huge"), bytes, kHugeOrder, hole_bytes);
  }
  kernel::FileId kvm(std::uint32_t vm = 3) {
    Context now = context();
    return *create_kvm(now, names.intern("vm"), vm);
  }
  kernel::FileId guest_memfd(kernel::FileId kvm, std::uint64_t bytes,
                             std::uint64_t hole_bytes = 0) {
    Context now = context();
    return *create_guest_memfd(now, names.intern("guest"), kvm, bytes, hole_bytes);
  }
  kernel::FileId eventfd() {
    Context now = context();
    return *create_eventfd(now, names.intern("kick"));
  }
  std::int64_t write(kernel::FileId file, std::uint64_t part, std::uint64_t parts,
                     std::uint64_t version) {
    Context now = context();
    return write_memfd(now, object(file), part, parts, {version});
  }
  std::int64_t resize(kernel::FileId file, std::uint64_t pages) {
    Context now = context();
    return resize_memfd(now, file, pages);
  }
  std::int64_t seal(kernel::FileId file, std::uint16_t seals) {
    Context now = context();
    return add_seals(now, file, seals);
  }
  std::int64_t pin(kernel::FileId file) {
    Context now = context();
    return pin_memfd(now, object(file));
  }
  void unpin(std::uint32_t memfd_object) {
    Context now = context();
    unpin_memfd(now, memfd_object);
  }

  Memfd& memfd_of(kernel::FileId file) { return fd.memfds[object(file)]; }
  Kvm& kvm_of(kernel::FileId file) { return fd.kvms[object(file)]; }
  std::span<const MemfdPiece> pieces(kernel::FileId file) const {
    return pieces_of_memfd(fd, object(file));
  }
  sim::Digest128 contents(kernel::FileId file) const {
    return contents_of(memory, fd, object(file));
  }
  const HugetlbPool& pool() const { return *pool_of(fd, kHugeOrder); }
  std::uint64_t free_huge_pages() const {
    std::uint64_t pages = 0;
    for (const memory::PageRange& range : pool().free) pages += range.count;
    return pages >> kHugeOrder;
  }
  std::uint64_t free_pages() const { return memory.count_owned(memory::kFree); }
  /// Whether a page of a file is marked for the next kernel.
  bool is_preserved(memory::Pfn page) const {
    return kho::is_preserved(memory, kho.tracker, {page, 1});
  }
  std::vector<sim::Record> records(sim::RecordKind kind) const {
    std::vector<sim::Record> found;
    for (const sim::Record& record : trace.records())
      if (record.kind == kind) found.push_back(record);
    return found;
  }
  /// The bytes that a file handed over, by its token.
  memory::PhysicalAddress word_of(std::uint64_t token) {
    return {luo::v2::find_record(luo.outgoing, token)->word};
  }

 private:
  static std::vector<const sim::Program*> all_programs(std::vector<const sim::Program*> all) {
    for (const auto part : {kho::programs(), luo::v2::programs(), fd::programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }
  static sim::KnobValues knobs_of(const std::vector<KnobSetting>& settings) {
    sim::KnobValues knobs;
    knobs.set(driver::kMemfd, driver::kMemfdV2);
    for (const KnobSetting& setting : settings) knobs.set(setting.knob, setting.value);
    return knobs;
  }

  void boot() {
    ++core.generation;
    core.options.kho = true;
    core.options.liveupdate = true;
    Context now = context();
    kho::find_handed_over_tree(now);
    kho::reserve_handed_over_memory(now);
    kho::give_the_rest_to_the_allocator(now);
    memory.give({{0}, 256}, kho::kFirmwareOwner.tag());
    kho::reserve_scratch(now, {.bytes = 48 * kMiB, .numa_nodes = 1});
    kernel::start_allocator(now, {256});
    luo::v2::start_up(now);
    if (huge_pages > 0) pool_status = reserve_hugetlb_pool(now, kHugeOrder, huge_pages);
    kho::make_outgoing_page(now);
    struct Handler {
      Participant type;
      std::string_view name;
    };
    for (const Handler& handler :
         {Handler{Participant::memfd, "memfd-v1"}, Handler{Participant::kvm, "kvm-v1"},
          Handler{Participant::guest_memfd, "guest-memfd-v1"},
          Handler{Participant::hugetlb, "huge-memfd-v1"},
          Handler{Participant::eventfd, "eventfd-v1"}}) {
      const auto added = add_handler(now, handler.type, names.intern(handler.name), {});
      call(luo::v2::kRegisterHandler, {.values = {added, 0, 0, 0}});
    }
    const auto subsystem =
        add_subsystem(now, Participant::hugetlb_pool, names.intern(kHugetlbSubsystem), {});
    call(luo::v2::kRegisterSubsystem, {.values = {subsystem, 0, 0, 0}});
  }
};

}  // namespace luosim::fd
