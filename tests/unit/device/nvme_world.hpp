// SPDX-License-Identifier: Apache-2.0
//
// A controller with a driver that does what a test tells it: queues at fixed places in memory, a
// completion queue read by its phase, doorbells rung when the test says so.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tests/unit/device/device_world.hpp"

namespace luosim::device::nvme {

class NvmeWorld : public DeviceWorld {
 public:
  static constexpr std::uint64_t kQueuePages = 0x40;  // of each queue
  static constexpr std::uint64_t kFirstDataPage = 0x4000;
  static constexpr std::uint64_t kBlocks = 1ULL << 20;
  static constexpr std::uint32_t kAdminEntries = 32;

  FunctionId port = add("port", pcie::FunctionKind::root_port);
  FunctionId disk = add("disk", pcie::FunctionKind::endpoint, port, 0, 65);

  NvmeWorld() {
    Controller fresh;
    fresh.function = disk;
    fresh.blocks = kBlocks;
    devices.controllers.push_back(fresh);
  }

  Controller& controller() { return devices.controllers[0]; }
  std::uint64_t read(std::uint64_t offset) {
    Context step = context();
    return read_register(step, disk, offset);
  }
  void write(std::uint64_t offset, std::uint64_t value) {
    Context step = context();
    write_register(step, disk, offset, value);
  }

  static std::uint64_t submissions_at(std::uint16_t queue) {
    return (0x100 + 2 * queue * kQueuePages) * memory::kPageBytes;
  }
  static std::uint64_t completions_at(std::uint16_t queue) {
    return (0x100 + (2 * queue + 1ULL) * kQueuePages) * memory::kPageBytes;
  }
  static memory::Pfn data_page(std::uint64_t number) { return {kFirstDataPage + number}; }
  static std::uint64_t data_at(std::uint64_t number) {
    return memory::address_of(data_page(number)).value;
  }

  void write_admin_registers() {
    write(kAdminQueueAttributes, (kAdminEntries - 1) | (kAdminEntries - 1) << 16);
    write(kAdminSubmissionBase, submissions_at(0));
    write(kAdminCompletionBase, completions_at(0));
  }
  /// Enables the controller and waits for it.
  void enable() {
    write_admin_registers();
    write(kConfiguration, kEnableBit | kEntrySizes);
    run();
    expect_admin_queue();
  }
  /// The driver's side of the admin queue begins from the start.
  void expect_admin_queue() { rings_[0] = {.size = kAdminEntries}; }
  /// Zeroes the queues, as a driver does before it uses them.
  void clear_queues() { memory.fill({{0x100}, 0x100}, memory::kZeroes); }

  /// Creates queue pair `queue` of `size` entries; completions raise `vector`.
  void create_queues(std::uint16_t queue, std::uint16_t size, std::uint16_t completions = 0,
                     std::uint16_t vector = 0) {
    if (completions == 0) completions = size;
    SubmissionEntry entry = admin(kCreateCompletionQueue);
    entry.prp1 = completions_at(queue);
    entry.dw10 = queue | (completions - 1U) << 16;
    entry.dw11 = 3U | static_cast<std::uint32_t>(vector) << 16;
    create_completions_ = status_of(execute(0, entry));
    entry = admin(kCreateSubmissionQueue);
    entry.prp1 = submissions_at(queue);
    entry.dw10 = queue | (size - 1U) << 16;
    entry.dw11 = 1U | static_cast<std::uint32_t>(queue) << 16;
    create_submissions_ = status_of(execute(0, entry));
    rings_[queue] = {.size = size, .completions = completions};
  }

  static SubmissionEntry admin(std::uint8_t opcode) {
    SubmissionEntry entry;
    entry.opcode = opcode;
    return entry;
  }
  /// A read or write of `blocks` from `block`, of up to two pages from data page `page`.
  static SubmissionEntry io(std::uint8_t opcode, std::uint64_t block, std::uint64_t page,
                            std::uint32_t blocks = 1) {
    SubmissionEntry entry;
    entry.opcode = opcode;
    entry.prp1 = data_at(page);
    entry.prp2 = data_at(page + 1);
    entry.dw10 = static_cast<std::uint32_t>(block);
    entry.dw11 = static_cast<std::uint32_t>(block >> 32);
    entry.dw12 = blocks - 1;
    return entry;
  }
  static SubmissionEntry flush() { return admin(kFlush); }

  /// Puts an entry into a submission queue without ringing; gives its command id.
  std::uint16_t submit(std::uint16_t queue, SubmissionEntry entry) {
    Ring& ring = rings_[queue];
    entry.command_id = ++last_id_;
    memory.bytes().write_value({submissions_at(queue) + ring.tail * sizeof(entry)}, entry);
    ring.tail = static_cast<std::uint16_t>((ring.tail + 1) % ring.size);
    return last_id_;
  }
  std::uint16_t tail(std::uint16_t queue) const { return rings_[queue].tail; }
  std::uint16_t head(std::uint16_t queue) const { return rings_[queue].head; }
  void ring(std::uint16_t queue) { write(submission_doorbell(queue), rings_[queue].tail); }
  std::uint16_t submit_and_ring(std::uint16_t queue, const SubmissionEntry& entry) {
    const std::uint16_t id = submit(queue, entry);
    ring(queue);
    return id;
  }

  /// The next completion whose phase is right, if there is one. The head doorbell is not rung.
  std::optional<CompletionEntry> consume(std::uint16_t queue) {
    Ring& ring = rings_[queue];
    const auto entry = memory.bytes().read_value<CompletionEntry>(
        {completions_at(queue) + ring.head * sizeof(CompletionEntry)});
    if ((entry.status_and_phase & 1) != ring.phase) return std::nullopt;
    ring.head = static_cast<std::uint16_t>((ring.head + 1) % completions_of(ring));
    if (ring.head == 0) ring.phase ^= 1;
    return entry;
  }
  void acknowledge(std::uint16_t queue) { write(completion_doorbell(queue), rings_[queue].head); }
  std::vector<CompletionEntry> consume_all(std::uint16_t queue) {
    std::vector<CompletionEntry> all;
    while (const auto entry = consume(queue)) all.push_back(*entry);
    acknowledge(queue);
    return all;
  }
  static std::uint16_t status_of(const std::optional<CompletionEntry>& entry) {
    return entry ? static_cast<std::uint16_t>(entry->status_and_phase >> 1) : 0x7FFF;
  }
  /// The status without the bit that says not to retry.
  static std::uint16_t code_of(const std::optional<CompletionEntry>& entry) {
    return status_of(entry) & 0x3FFF;
  }

  /// Submits, waits and takes the one completion.
  std::optional<CompletionEntry> execute(std::uint16_t queue, const SubmissionEntry& entry) {
    submit_and_ring(queue, entry);
    run();
    const auto completion = consume(queue);
    acknowledge(queue);
    return completion;
  }
  std::uint16_t create_completions_status() const { return create_completions_; }
  std::uint16_t create_submissions_status() const { return create_submissions_; }

  void fill(std::uint64_t page, std::uint64_t version) {
    memory.fill({data_page(page), 1}, {version});
  }
  std::uint64_t version(std::uint64_t page) const {
    return memory.at(data_page(page)).content.version;
  }
  void reset(pcie::ResetKind kind = pcie::ResetKind::function_level) {
    Context step = context();
    pcie::reset(step, disk, kind);
  }
  /// After a reset: software turns the function on again.
  void turn_on(bool bus_master = true) { command(true, bus_master); }
  void command(bool memory_enable, bool bus_master) {
    Context step = context();
    pcie::write_command(step, disk,
                        static_cast<std::uint16_t>((memory_enable ? pcie::kMemoryEnable : 0) |
                                                   (bus_master ? pcie::kBusMaster : 0)));
  }
  /// Runs for as long as `duration`; what is due later stays.
  void run_for(sim::Duration duration) { run(duration); }

  /// Ready, with queue pair 1 of `size` entries.
  void start(std::uint16_t size = 64, std::uint16_t completions = 0) {
    enable();
    create_queues(1, size, completions);
  }

 private:
  struct Ring {
    std::uint16_t size = 0;
    std::uint16_t completions = 0;  // 0: as size
    std::uint16_t tail = 0;
    std::uint16_t head = 0;
    std::uint16_t phase = 1;
  };
  static std::uint16_t completions_of(const Ring& ring) {
    return ring.completions != 0 ? ring.completions : ring.size;
  }

  std::array<Ring, 66> rings_{};
  std::uint16_t last_id_ = 0;
  std::uint16_t create_completions_ = 0;
  std::uint16_t create_submissions_ = 0;
};

}  // namespace luosim::device::nvme
