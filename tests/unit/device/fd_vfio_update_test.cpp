// SPDX-License-Identifier: Apache-2.0
//
// vfio files through an update: what prepare demands, what each phase of the posted series does to
// the function in freeze, what cancel cannot undo, and who has the function afterwards
// (devices.md, C.8, D.2, E.3, and G.3 rows 47 and 66 to 68).
#include <gtest/gtest.h>

#include "model/device/irq/message.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/fd/vfio.hpp"
#include "model/fd/vfio_record.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"
#include "tests/unit/device/update_world.hpp"

namespace luosim::fd {
namespace {

using device::irq::InterruptFate;
namespace pcie = device::pcie;

sim::KnobValues with(const sim::Knob& knob, std::uint8_t value) {
  sim::KnobValues knobs = later_phases();
  knobs.set(knob, value);
  return knobs;
}

// A function that a guest drives, with memory, and all of it under tokens.
class Driven : public UpdateWorld {
 public:
  explicit Driven(const sim::KnobValues& knobs = later_phases(), bool in_order = true)
      : UpdateWorld(knobs) {
    memory_file = memfd(2 * kMiB);
    space = iommufd();
    EXPECT_EQ(map(space, 0, memory_file), 0);
    device = vfio(disk);
    EXPECT_EQ(attach(device, space), 0);
    guest = kvm();
    memory_token = UpdateWorld::preserve(memory_file);
    if (!in_order) device_token = UpdateWorld::preserve(device);
    space_token = UpdateWorld::preserve(space);
    if (in_order) device_token = UpdateWorld::preserve(device);
    page = memory::address_of(first_page(memory_file));
  }
  InterruptFate raise(std::uint16_t vector) {
    Context now = context();
    const InterruptFate fate = device::irq::raise(now, disk, vector);
    run();
    return fate;
  }
  std::uint64_t word() const {
    for (const luo::v2::FileRecord& record : luo.outgoing)
      if (record.token == device_token) return record.word;
    return 0;
  }
  void update() {
    EXPECT_EQ(prepare(), 0);
    EXPECT_EQ(freeze(), 0);
    kexec();
  }

  kernel::FileId memory_file{}, space{}, device{}, guest{};
  std::uint64_t memory_token = 0, space_token = 0, device_token = 0;
  memory::PhysicalAddress page{};
};

TEST(VfioPrepare, preserves_the_function_its_translation_and_the_bridge_above) {
  Driven world;
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.known(world.disk).outgoing, 1U);
  EXPECT_EQ(world.known(world.port).outgoing, 1U);
  const auto record = load_vfio_record(world.memory.bytes(), {world.word()});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bdf, world.known(world.disk).bdf);
  EXPECT_EQ(record->iommufd_token, world.space_token);
  EXPECT_EQ(world.attach(world.device, world.iommufd()), -kernel::kEBUSY);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.known(world.disk).outgoing, 0U);
  EXPECT_EQ(world.known(world.port).outgoing, 0U);
  EXPECT_EQ(world.owned(kVfioRecordOwner), 0U);
  EXPECT_EQ(world.preserved(), 0U);
  EXPECT_EQ(world.attach(world.device, world.iommufd()), 0);
}

TEST(VfioPrepare, demands_that_its_iommufd_is_prepared_before_it) {
  Driven reversed(later_phases(), /*in_order=*/false);
  EXPECT_EQ(reversed.prepare(), -kernel::kEINVAL);
  EXPECT_EQ(reversed.known(reversed.disk).outgoing, 0U);

  UpdateWorld alone(later_phases());
  const kernel::FileId device = alone.vfio(alone.disk);
  alone.preserve(device);
  EXPECT_EQ(alone.prepare(), -kernel::kENOENT) << "it has none";
  EXPECT_EQ(alone.attach(device, alone.iommufd()), 0);
  EXPECT_EQ(alone.prepare(), -kernel::kENOENT) << "it has no token";
}

TEST(VfioPrepare, undoes_what_was_done_when_something_fails) {
  struct Case {
    sim::FaultSite site;
    std::string_view instance;
  };
  const Case cases[] = {{luo::kFilePrepareSite, "device"},
                        {sim::FaultSite{"pci.count", "", -12}, "port"},
                        {kernel::kAllocationSite, kVfioRecordOwner.name}};
  for (const Case& each : cases) {
    Driven world;
    world.faults.add(
        {.site = each.site.id(), .instance = sim::name_hash(each.instance), .value = -12});
    EXPECT_EQ(world.prepare(), -kernel::kENOMEM) << each.instance;
    EXPECT_EQ(world.known(world.disk).outgoing, 0U) << each.instance;
    EXPECT_EQ(world.preserved(), 0U) << each.instance;
    EXPECT_EQ(world.prepare(), 0) << each.instance;
  }
}

TEST(VfioCanPreserve, virtual_functions_are_the_last_phase) {
  for (const bool is_last : {false, true}) {
    UpdateWorld world(with(driver::kVfio, is_last ? driver::kVfioPhase5 : driver::kVfioPhase4));
    const kernel::FileId device = world.vfio(world.disk);
    world.at(world.disk).kind = pcie::FunctionKind::virtual_function;
    const auto answer = world.call(luo::v2::kPreserveFile, {.values = {device.index, 0, 0, 0}});
    EXPECT_EQ(answer.status, is_last ? 0 : -kernel::kENOENT);
  }
}

TEST(VfioFreezePhase1, resets_the_function_and_cuts_its_file_off) {
  Driven world(with(driver::kVfio, driver::kVfioPhase1));
  const auto bars = world.at(world.disk).bars;
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(world.at(world.disk).command, pcie::kIntxDisable);
  EXPECT_EQ(world.at(world.disk).bars, bars);
  EXPECT_EQ(world.attach(world.device, world.space), -kernel::kEIO);
  EXPECT_EQ(world.interrupts(world.device, 1, world.guest), -kernel::kEIO);
  Context now = world.context();
  EXPECT_EQ(reset_vfio(now, world.device), -kernel::kEIO);
  EXPECT_EQ(read_bar(now, world.object(world.device), 0), ~0ULL);
}

TEST(VfioFreezePhase1, refuses_a_function_that_is_not_at_rest) {
  Driven world(with(driver::kVfio, driver::kVfioPhase1));
  ASSERT_EQ(world.interrupts(world.device, 1, world.guest), 0);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.freeze(), -kernel::kEINVAL);
  EXPECT_EQ(world.device_of(world.device).is_frozen, 0U);

  Driven asleep(with(driver::kVfio, driver::kVfioPhase1));
  Context now = asleep.context();
  pcie::write_power_state(now, asleep.disk, 3);
  ASSERT_EQ(asleep.prepare(), 0);
  EXPECT_EQ(asleep.freeze(), -kernel::kEINVAL);
  EXPECT_EQ(asleep.at(asleep.disk).power_state, 3U);
}

TEST(VfioFreezePhase1, cannot_be_undone_until_the_file_is_closed) {
  Driven world(with(driver::kVfio, driver::kVfioPhase1));
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  ASSERT_EQ(world.cancel(), 0);
  EXPECT_EQ(world.known(world.disk).outgoing, 0U) << "what can be undone is";
  EXPECT_EQ(world.attach(world.device, world.space), -kernel::kEIO);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
  world.call(luo::v2::kUnpreserveFile, {.values = {world.device_token, 0, 0, 0}});
  world.close(world.device);
  world.close(world.device);  // RFC v2 keeps the reference of the token (bug B13)
  world.run();
  const kernel::FileId again = world.vfio(world.disk);
  EXPECT_EQ(world.attach(again, world.space), 0);
  EXPECT_EQ(world.reach(world.disk, 0), world.page);
}

TEST(VfioFreezePhase1, fails_for_a_function_that_never_answers_again) {
  Driven world(with(driver::kVfio, driver::kVfioPhase1));
  ASSERT_EQ(world.prepare(), 0);
  world.fail(pcie::kResetFault);
  EXPECT_EQ(world.freeze(), -kernel::kEIO);
  EXPECT_EQ(world.device_of(world.device).is_frozen, 0U);
}

TEST(VfioFreeze, of_later_phases_lets_the_device_work_and_holds_its_interrupts) {
  Driven world;
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.raise(0), InterruptFate::handled);
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(world.reach(world.disk, 0), world.page);
  EXPECT_EQ(world.raise(1), InterruptFate::pending);
  EXPECT_EQ(pending_vectors(world.context(), world.object(world.guest)), 1U);
  ASSERT_EQ(world.cancel(), 0);
  world.run();
  EXPECT_EQ(pending_vectors(world.context(), world.object(world.guest)), 3U) << "one for all";
  EXPECT_EQ(world.raise(1), InterruptFate::handled);
}

TEST(VfioFreeze, fails_for_a_file_that_has_lost_its_function) {
  Driven world;
  ASSERT_EQ(world.prepare(), 0);
  world.fail(driver::pci::kUnbindBusySite);
  ASSERT_EQ(world.call(driver::kBind, {.values = {world.disk.index, 0, 0, 0}}).status, 0);
  EXPECT_EQ(world.known(world.disk).outgoing, 0U);
  EXPECT_EQ(world.freeze(), -kernel::kENODEV);
}

TEST(VfioFreeze, brings_the_record_up_to_date) {
  Driven world;
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(load_vfio_record(world.memory.bytes(), {world.word()})->interrupts, 0U);
  ASSERT_EQ(world.interrupts(world.device, 3, world.guest), 0);
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(load_vfio_record(world.memory.bytes(), {world.word()})->interrupts, 3U);
}

TEST(VfioFreeze, leaves_preserved_interrupts_alone) {
  Driven world(with(driver::kIrq, driver::kIrqPreserved));
  ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  EXPECT_EQ(world.at(world.disk).msix_masked, 0U);
  EXPECT_EQ(world.raise(1), InterruptFate::handled);
}

TEST(VfioRetrieve, finds_the_function_while_it_works_on) {
  Driven world;
  world.update();
  EXPECT_EQ(world.reach(world.disk, 8), world.page + 8);
  kernel::FileId file{};
  Context now = world.context();
  EXPECT_EQ(open_vfio(now, {}, world.disk, file), -kernel::kEBUSY) << "incoming";
  const kernel::FileId device = world.restored(world.device_token);
  EXPECT_EQ(world.device_of(device).function, world.disk);
  EXPECT_EQ(world.device_of(device).is_incoming, 1U);
  EXPECT_EQ(world.known(world.disk).users, 1U);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.device_of(device).is_incoming, 0U);
  EXPECT_EQ(world.known(world.disk).incoming, 0U);
  EXPECT_EQ(world.known(world.port).incoming, 0U);
  EXPECT_EQ(world.reach(world.disk, 8), world.page + 8) << "nobody has reset it";
}

TEST(VfioRetrieve, needs_the_function_and_vfio_pci) {
  Driven gone;
  EXPECT_EQ(gone.prepare(), 0);
  EXPECT_EQ(gone.freeze(), 0);
  Context now = gone.context();
  pcie::remove(now, gone.disk);
  gone.kexec();
  EXPECT_EQ(gone.restore(gone.device_token).status, -kernel::kENODEV);

  Driven unbound;
  EXPECT_EQ(unbound.prepare(), 0);
  EXPECT_EQ(unbound.freeze(), 0);
  unbound.bindings.clear();
  unbound.kexec();
  EXPECT_EQ(unbound.restore(unbound.device_token).status, -kernel::kENODEV);
  EXPECT_EQ(unbound.finish(), 0);
}

TEST(VfioRetrieve, refuses_a_damaged_record) {
  Driven world;
  world.update();
  world.restore(world.memory_token);
  const std::uint64_t word = luo::v2::find_record(world.luo.incoming, world.device_token)->word;
  world.memory.bytes().write_value(memory::PhysicalAddress{word}, std::uint64_t{1});
  EXPECT_EQ(world.restore(world.device_token).status, -kernel::kEINVAL);
  EXPECT_EQ(world.finish(), 0);
}

TEST(VfioRetrieve, goes_only_to_the_address_space_that_came_with_it) {
  Driven world;
  world.update();
  const kernel::FileId device = world.restored(world.device_token);
  EXPECT_EQ(world.attach(device, world.iommufd()), -kernel::kEBUSY);
  EXPECT_EQ(world.reach(world.disk, 0), world.page);
  EXPECT_EQ(world.attach(device, world.restored(world.space_token)), 0);
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt) << "hazard 56: nothing is mapped yet";
}

TEST(VfioRetrieve, the_first_token_is_one_too) {
  UpdateWorld world(later_phases());
  const kernel::FileId space = world.iommufd();
  const kernel::FileId device = world.vfio(world.disk);
  ASSERT_EQ(world.attach(device, space), 0);
  ASSERT_EQ(world.preserve(space), 0U);
  const std::uint64_t token = world.preserve(device);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.kexec();
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.attach(restored, world.iommufd()), -kernel::kEBUSY);
  EXPECT_EQ(world.attach(restored, world.restored(0)), 0);
}

TEST(VfioRetrieve, interrupts_work_again_once_they_are_set_up) {
  for (const std::uint8_t irq : {driver::kIrqSpurious, driver::kIrqPreserved}) {
    Driven world(with(driver::kIrq, irq));
    ASSERT_EQ(world.interrupts(world.device, 2, world.guest), 0);
    world.update();
    const InterruptFate meanwhile = world.raise(1);
    EXPECT_EQ(meanwhile,
              irq == driver::kIrqPreserved ? InterruptFate::handled : InterruptFate::dropped);
    const kernel::FileId device = world.restored(world.device_token);
    const kernel::FileId guest = world.kvm();
    ASSERT_EQ(world.interrupts(device, 2, guest), 0);
    world.run();
    EXPECT_EQ(pending_vectors(world.context(), world.object(guest)),
              irq == driver::kIrqPreserved ? 2U : 0U)
        << "lost unless the tables were preserved (hazard 72)";
    EXPECT_EQ(world.raise(0), InterruptFate::handled);
    EXPECT_NE(pending_vectors(world.context(), world.object(guest)) & 1U, 0U);
  }
}

TEST(VfioRetrieve, of_phase_one_gives_a_function_at_rest) {
  Driven world(with(driver::kVfio, driver::kVfioPhase1));
  world.update();
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
  const kernel::FileId file = world.restored(world.memory_token);
  const kernel::FileId space = world.restored(world.space_token);
  const kernel::FileId device = world.restored(world.device_token);
  ASSERT_EQ(world.map(space, 0, file), 0);
  ASSERT_EQ(world.attach(device, space), 0);
  EXPECT_EQ(world.reach(world.disk, 0), world.page);
}

TEST(VfioFinish, of_what_nobody_took_back_leaves_it_alone_or_quiesces_it) {
  for (const std::uint8_t unclaimed : {driver::kUnclaimedLeftAlone, driver::kUnclaimedQuiesced}) {
    Driven world(with(driver::kUnclaimed, unclaimed));
    world.update();
    world.restored(world.memory_token);
    ASSERT_EQ(world.finish(), 0);
    const bool is_quiesced = unclaimed == driver::kUnclaimedQuiesced;
    world.run();
    EXPECT_EQ(world.reach(world.disk, 0).has_value(), !is_quiesced);
    EXPECT_EQ((world.at(world.disk).command & pcie::kBusMaster) == 0, is_quiesced);
    EXPECT_EQ(world.records_of(device::DeviceRecord::reset_begins), is_quiesced ? 1U : 0U);
    EXPECT_EQ(world.known(world.disk).incoming, 0U);
    EXPECT_NE(world.at(world.disk).bars[0], 0U);
    world.vfio(world.disk);  // an ordinary function again
  }
}

TEST(VfioFinish, takes_one_whose_retrieve_failed_for_claimed) {
  Driven world(with(driver::kUnclaimed, driver::kUnclaimedQuiesced));
  world.update();
  world.fail(luo::kFileRetrieveSite);
  EXPECT_EQ(world.restore(world.device_token).status, luo::kFileRetrieveSite.value);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.records_of(device::DeviceRecord::reset_begins), 0U) << "bug B14";
}

TEST(VfioRelease, before_finish_takes_the_device_from_its_guest) {
  Driven world;
  world.update();
  const kernel::FileId device = world.restored(world.device_token);
  world.close(device);
  world.run();
  EXPECT_EQ(world.reach(world.disk, 0), std::nullopt);
  EXPECT_EQ(world.domain_of(world.disk), driver::iommu::kNoDomain);
  EXPECT_EQ(world.finish(), 0);
  world.vfio(world.disk);
}

TEST(VfioRecord, is_refused_if_it_is_another) {
  memory::Bytes bytes;
  const memory::PhysicalAddress at{0x5000};
  const VfioRecord record{.bdf = {0x123}, .reset_works = 1, .interrupts = 3, .iommufd_token = 9};
  store_vfio_record(bytes, at, record);
  EXPECT_EQ(load_vfio_record(bytes, at), record);
  const std::pair<std::uint64_t, std::uint64_t> damages[] = {{0, 1}, {8, 2}, {16, 0x0002'0123}};
  for (const auto& [offset, value] : damages) {
    memory::Bytes damaged = bytes;
    damaged.write_value(at + offset, value);
    EXPECT_EQ(load_vfio_record(damaged, at), std::nullopt) << offset;
  }
}

}  // namespace
}  // namespace luosim::fd
