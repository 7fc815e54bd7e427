// SPDX-License-Identifier: Apache-2.0
//
// The driver's three conversations with a controller: probe, shutdown, remove. Each writes CC and
// waits for CSTS, which takes as long as the controller likes and at most what CAP.TO says
// (devices.md, F.1 and F.7). Probe does not ask what the controller was doing.
//
// frame.values[0] is the function, frame.local[0] the time at which waiting ends, in ns.
#include "model/driver/nvme/disk.hpp"

#include <algorithm>

#include "model/device/nvme/controller.hpp"
#include "model/driver/nvme/programs.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::nvme {

namespace {

namespace registers = device::nvme;
using device::FunctionId;
using sim::Outcome;

constexpr std::uint32_t kNobodyAnswers = 0xFFFF'FFFF;
constexpr std::uint32_t kShutdownMask = 3U << registers::kShutdownShift;
constexpr std::uint32_t kNormalShutdown = 1U << registers::kShutdownShift;
constexpr std::uint32_t kShutdownStatusMask = 3U << registers::kShutdownStatusShift;
constexpr std::uint32_t kShutdownComplete = 2U << registers::kShutdownStatusShift;
// Linux asks every one to two milliseconds, and gives a shutdown five seconds.
constexpr sim::Duration kPollInterval = sim::milliseconds(1);
constexpr sim::Duration kShutdownTimeout = sim::seconds(5);
constexpr sim::Duration kTimeoutUnit = sim::milliseconds(500);
constexpr std::uint32_t kTimeoutShift = 24;
// Entries of the admin queues, 0-based; each queue fits into a page.
constexpr std::uint32_t kAdminEntries = 31;
constexpr std::uint64_t kQueuePages = 2;

FunctionId function_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

std::uint32_t read(Context& context, std::uint64_t offset) {
  return static_cast<std::uint32_t>(
      registers::read_register(context, function_of(context), offset));
}

void write(Context& context, std::uint64_t offset, std::uint64_t value) {
  registers::write_register(context, function_of(context), offset, value);
}

std::vector<Disk>::iterator place_of(State& state, FunctionId function) {
  return std::lower_bound(state.disks.begin(), state.disks.end(), function,
                          [](const Disk& disk, FunctionId id) { return disk.function < id; });
}

Disk* disk_of(Context& context) {
  const auto place = place_of(context.drivers, function_of(context));
  const bool exists =
      place != context.drivers.disks.end() && place->function == function_of(context);
  return exists ? &*place : nullptr;
}

void begin_to_wait(Context& context, sim::Duration timeout) {
  context.frame().local[0] = static_cast<std::uint64_t>((context.now() + timeout).ns);
}

bool is_too_late(Context& context) {
  return static_cast<std::uint64_t>(context.now().ns) >= context.frame().local[0];
}

// CAP.TO; Linux grants one unit more.
sim::Duration ready_timeout(Context& context) {
  const std::int64_t units = read(context, registers::kCap) >> kTimeoutShift;
  return {(units + 1) * kTimeoutUnit.ns};
}

// The same step until the bits are as wanted. A function that is gone reads as all ones.
template <std::uint32_t mask, std::uint32_t wanted>
Outcome wait_for_status(Context& context) {
  const std::uint32_t status = read(context, registers::kStatus);
  if (status == kNobodyAnswers) return sim::fail(-kernel::kENODEV);
  if ((status & mask) == wanted) return sim::done();
  if (!is_too_late(context)) return sim::again(kPollInterval);
  context.record({.kind = DriverRecord::nvme_timed_out,
                  .subject = context.name_of(function_of(context)),
                  .values = {function_of(context).index, mask, 0, 0}});
  return sim::fail(-kernel::kENODEV);
}

Outcome switch_function_on(Context& context) {
  pci::enable(context, function_of(context));
  pci::set_bus_master(context, function_of(context), true);
  const bool answers = read(context, registers::kStatus) != kNobodyAnswers;
  const sim::Duration after = context.timing.of(timing::Cost::pcie_configuration);
  return answers ? sim::done(after) : sim::fail(-kernel::kENODEV, after);
}

// Whatever queues the controller has are gone from here on.
Outcome disable_controller(Context& context) {
  begin_to_wait(context, ready_timeout(context));
  const std::uint32_t configuration = read(context, registers::kConfiguration);
  write(context, registers::kConfiguration,
        configuration & ~(registers::kEnableBit | kShutdownMask));
  return sim::done();
}

Outcome make_queues(Context& context) {
  const auto pages =
      kernel::allocate_pages(context, kQueuePages, 1, kQueueOwner, function_of(context).index);
  if (!pages) return sim::fail(-kernel::kENOMEM);
  State& state = context.drivers;
  state.disks.insert(place_of(state, function_of(context)),
                     {.function = function_of(context), .queues = *pages});
  return sim::done();
}

device::Bdf bdf_of(Context& context) {
  return pci::find(context.drivers.pci, function_of(context))->bdf;
}

// In a domain of the driver's own, at the addresses that the pages have. One that the kernel before
// handed over stays, and the queues are where it leads.
std::int64_t map_queues(Context& context, Disk& disk) {
  const iommu::State& iommu = context.drivers.iommu;
  const iommu::Attachment* attachment = iommu::attachment_of(iommu, bdf_of(context));
  const bool is_claimed = attachment != nullptr && attachment->is_handed_over != 0;
  if (iommu.has_started == 0 || is_claimed) return 0;
  disk.domain = iommu::create_domain(context);
  if (disk.domain == iommu::kNoDomain) return -kernel::kENOMEM;
  const device::Iova iova{memory::address_of(disk.queues.first).value};
  const std::int64_t error = iommu::map(context, disk.domain, iova, disk.queues, 0, true);
  return error != 0 ? error : iommu::attach(context, bdf_of(context), disk.domain);
}

Outcome let_it_reach_the_queues(Context& context) {
  const std::int64_t error = map_queues(context, *disk_of(context));
  return error == 0 ? sim::done(context.timing.of(timing::Cost::iommu_invalidate))
                    : sim::fail(error);
}

Outcome enable_controller(Context& context) {
  const std::uint64_t queues = memory::address_of(disk_of(context)->queues.first).value;
  write(context, registers::kAdminQueueAttributes, kAdminEntries << 16 | kAdminEntries);
  write(context, registers::kAdminSubmissionBase, queues);
  write(context, registers::kAdminCompletionBase, queues + memory::kPageBytes);
  begin_to_wait(context, ready_timeout(context));
  write(context, registers::kConfiguration, registers::kEntrySizes | registers::kEnableBit);
  return sim::done();
}

Outcome note_that_it_is_ready(Context& context) {
  disk_of(context)->is_ready = 1;
  return sim::done();
}

// Only then may anybody else have the pages.
Outcome stop_its_requests(Context& context) {
  pci::set_bus_master(context, function_of(context), false);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

void leave_domain(Context& context, const Disk& disk) {
  if (disk.domain == iommu::kNoDomain) return;
  const iommu::Attachment* attachment =
      iommu::attachment_of(context.drivers.iommu, bdf_of(context));
  if (attachment != nullptr && attachment->domain == disk.domain)
    iommu::detach(context, bdf_of(context));
  iommu::free_domain(context, disk.domain);
}

Outcome give_queues_up(Context& context) {
  const Disk* disk = disk_of(context);
  if (disk == nullptr) return sim::done();
  leave_domain(context, *disk);
  kernel::free_pages(context, disk->queues);
  context.drivers.disks.erase(place_of(context.drivers, function_of(context)));
  return sim::done();
}

// One that does not work has nothing to lose.
Outcome begin_shutdown(Context& context) {
  const Disk* disk = disk_of(context);
  const std::uint32_t status = read(context, registers::kStatus);
  const bool works = status != kNobodyAnswers && (status & registers::kReadyBit) != 0;
  if (disk == nullptr || !works) return sim::end();
  begin_to_wait(context, kShutdownTimeout);
  const std::uint32_t configuration = read(context, registers::kConfiguration);
  write(context, registers::kConfiguration, (configuration & ~kShutdownMask) | kNormalShutdown);
  return sim::done();
}

Outcome note_that_it_is_down(Context& context) {
  if (Disk* disk = disk_of(context)) disk->is_ready = 0;
  return sim::done();
}

// What it failed with by then has been recorded; a driver that is told to go goes.
Outcome answer_with_success(Context& /*context*/) {
  return sim::finish(0);
}

constexpr std::string_view kStop = "stop its requests";
constexpr std::string_view kGiveUp = "give its queues up";

constexpr auto wait_until_disabled = wait_for_status<registers::kReadyBit, 0>;
constexpr auto wait_until_ready =
    wait_for_status<registers::kReadyBit, std::uint32_t{registers::kReadyBit}>;
constexpr auto wait_until_shut_down = wait_for_status<kShutdownStatusMask, kShutdownComplete>;

constexpr sim::Step kProbeSteps[] = {
    {"switch the function on", sim::step<switch_function_on>, {.on_failure = kStop}},
    {"disable the controller", sim::step<disable_controller>},
    {"wait until it is disabled", sim::step<wait_until_disabled>, {.on_failure = kStop}},
    {"make admin queues", sim::step<make_queues>, {.on_failure = kStop}},
    {"let it reach them", sim::step<let_it_reach_the_queues>, {.on_failure = kStop}},
    {"enable the controller", sim::step<enable_controller>},
    {"wait until it is ready", sim::step<wait_until_ready>, {.on_failure = kStop}},
    {"note that it is ready", sim::step<note_that_it_is_ready>, {.then = sim::kReturn}},
    {kStop, sim::step<stop_its_requests>},
    {kGiveUp, sim::step<give_queues_up>},
};

constexpr sim::Step kShutDownSteps[] = {
    {"tell the controller to shut down", sim::step<begin_shutdown>, {.on_end = kStop}},
    {"wait until it is shut down", sim::step<wait_until_shut_down>, {.on_failure = kStop}},
    {kStop, sim::step<stop_its_requests>},
    {"note that it is down", sim::step<note_that_it_is_down>},
    {"answer", sim::step<answer_with_success>},
};

constexpr std::string_view kDisable = "disable the controller";

constexpr sim::Step kRemoveSteps[] = {
    {"tell the controller to shut down", sim::step<begin_shutdown>, {.on_end = kDisable}},
    {"wait until it is shut down", sim::step<wait_until_shut_down>, {.on_failure = kDisable}},
    {kDisable, sim::step<disable_controller>},
    {"wait until it is disabled", sim::step<wait_until_disabled>, {.on_failure = kStop}},
    {kStop, sim::step<stop_its_requests>},
    {kGiveUp, sim::step<give_queues_up>},
    {"answer", sim::step<answer_with_success>},
};

constexpr sim::Program kProbeProgram{
    "nvme.probe", "the host's nvme driver takes a controller, whatever it was doing", kProbeSteps};
constexpr sim::Program kShutDownProgram{
    "nvme.shutdown", "the host's nvme driver shuts its controller down before a jump",
    kShutDownSteps};
constexpr sim::Program kRemoveProgram{"nvme.remove", "the host's nvme driver lets a controller go",
                                      kRemoveSteps};

}  // namespace

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {&kProbeProgram, &kShutDownProgram,
                                                      &kRemoveProgram};
  return kPrograms;
}

}  // namespace luosim::driver::nvme
