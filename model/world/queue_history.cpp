// SPDX-License-Identifier: Apache-2.0
#include "model/world/queue_history.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "model/userspace/guest_memory.hpp"
#include "model/userspace/guest_queues.hpp"

namespace luosim::world {

namespace {

namespace nvme = device::nvme;
using userspace::GuestCommand;
using userspace::GuestDisk;

// Shadow doorbells have places of their own to remember queues in.
bool has_working_queues(const nvme::Controller& controller, const userspace::Workload& load) {
  return controller.submission_queues.size() > userspace::kIoQueue &&
         controller.completion_queues.size() > userspace::kIoQueue &&
         controller.state == nvme::ControllerState::ready && !load.shadow_doorbells;
}

// What a controller could still read of a guest's memory.
class DeadEntries {
 public:
  DeadEntries(Context& context, const GuestDisk& disk, const nvme::Controller& controller)
      : context_(context),
        disk_(disk),
        controller_(controller),
        load_(userspace::load_of(context, disk)) {}

  void forget() {
    forget_saved_variables();
    if (!has_working_queues(controller_, load_)) return;
    forget_fetched_commands();
    forget_buffers();
  }

 private:
  template <class T>
  T read(std::uint64_t address) const {
    return userspace::read_guest_value<T>(context_, disk_.registers.vm, address);
  }
  template <class T>
  void write_if_other(std::uint64_t address, const T& value) {
    const T before = read<T>(address);
    if (std::memcmp(&before, &value, sizeof(T)) != 0)
      userspace::write_guest_value(context_, disk_.registers.vm, address, value);
  }

  // They are written again before the next VMM reads them.
  void forget_saved_variables() {
    const std::uint64_t first = disk_.area.saved;
    const bool is_saved = read<std::uint64_t>(userspace::address_of_page(first)) != 0;
    for (std::uint64_t page = 0; is_saved && page < disk_.area.saved_pages; ++page)
      userspace::fill_guest_page(context_, disk_.registers.vm, first + page, memory::kZeroes);
  }

  static bool lies_between(std::uint32_t place, std::uint32_t first, std::uint32_t past) {
    return first <= past ? first <= place && place < past : place >= first || place < past;
  }

  void forget_fetched_commands() {
    const std::uint32_t head = controller_.submission_queues[userspace::kIoQueue].head;
    for (std::uint32_t place = 0; place < userspace::submission_entries(load_); ++place) {
      if (lies_between(place, head, disk_.registers.tail)) continue;
      write_if_other(
          userspace::address_of_page(disk_.area.submission) + place * sizeof(nvme::SubmissionEntry),
          std::array<std::uint64_t, sizeof(nvme::SubmissionEntry) / 8>{});
    }
  }

  bool is_in_controller(std::uint32_t number) const {
    return std::any_of(
        controller_.commands.begin(), controller_.commands.end(), [&](const nvme::Command& each) {
          return each.stage != nvme::CommandStage::none &&
                 each.submission_queue == userspace::kIoQueue && each.entry.command_id == number;
        });
  }

  // A command that is given again fills its buffer first.
  void forget_buffers() {
    for (std::uint32_t number = 0; number < disk_.commands.size(); ++number) {
      if (disk_.commands[number].state != GuestCommand::State::free || is_in_controller(number))
        continue;
      for (std::uint32_t page = 0; page < load_.pages; ++page) {
        const std::uint64_t buffer = userspace::buffer_of(disk_, load_, number) + page;
        if (userspace::contents_of_page(context_, disk_.registers.vm, buffer) != memory::kZeroes)
          userspace::fill_guest_page(context_, disk_.registers.vm, buffer, memory::kZeroes);
      }
    }
  }

  Context& context_;
  const GuestDisk& disk_;
  const nvme::Controller& controller_;
  const userspace::Workload& load_;
};

// Turns a submission queue until the controller fetches from its first place, where neither side
// can tell, as both count from where they are. What was fetched is gone.
class SubmissionsTurned {
 public:
  SubmissionsTurned(Context& context, GuestDisk& disk, nvme::SubmissionQueue& queue)
      : context_(context), disk_(disk), queue_(queue), size_(queue.size) {}

  void turn() {
    if (size_ == 0 || size_ != userspace::submission_entries(userspace::load_of(context_, disk_)))
      return;
    if (queue_.head == 0 || queue_.head >= size_) return;
    entries_.clear();
    for (std::uint32_t place = 0; place < size_; ++place)
      entries_.push_back(userspace::read_guest_value<Entry>(context_, disk_.registers.vm,
                                                            address_of(queue_.head + place)));
    disk_.registers.tail = from_head(disk_.registers.tail);
    queue_.tail = from_head(queue_.tail);
    queue_.head = 0;
    for (std::uint32_t place = 0; place < size_; ++place)
      userspace::write_guest_value(context_, disk_.registers.vm, address_of(place),
                                   entries_[place]);
  }

 private:
  using Entry = std::array<std::uint64_t, sizeof(nvme::SubmissionEntry) / 8>;

  std::uint64_t address_of(std::uint32_t place) const {
    return userspace::address_of_page(disk_.area.submission) + place % size_ * sizeof(Entry);
  }
  std::uint16_t from_head(std::uint32_t place) const {
    return static_cast<std::uint16_t>((place + size_ - queue_.head) % size_);
  }

  Context& context_;
  GuestDisk& disk_;
  nvme::SubmissionQueue& queue_;
  std::uint32_t size_;
  std::vector<Entry> entries_;  // from the controller's head on
};

// Turns a completion queue until the guest looks at its first place, in the first phase: neither
// side can tell, as both count from where they are. What was taken is gone.
class CompletionsTurned {
 public:
  CompletionsTurned(Context& context, GuestDisk& disk, nvme::CompletionQueue& queue)
      : context_(context), disk_(disk), queue_(queue), size_(queue.size) {}

  // Nothing is turned that is not as the two have made it.
  void turn() {
    if (size_ == 0 || size_ != userspace::completion_entries(userspace::load_of(context_, disk_)))
      return;
    entries_.clear();
    for (std::uint32_t place = 0; place < size_; ++place)
      entries_.push_back(userspace::read_guest_value<nvme::CompletionEntry>(
          context_, disk_.registers.vm, address_of(disk_.registers.head + place)));
    if (!is_sound()) return;
    const std::uint32_t waiting = from_head(queue_.tail);
    for (std::uint32_t place = 0; place < size_; ++place) {
      nvme::CompletionEntry& entry = entries_[place];
      if (place >= waiting) entry = {};
      if (place < waiting) entry.status_and_phase |= 1;
      // Nobody reads how far the submission queue was.
      entry.submission_head = 0;
    }
    queue_.head = from_head(queue_.head);
    queue_.tail = from_head(queue_.tail);
    queue_.phase = 1;
    disk_.registers.head = 0;
    disk_.registers.phase = 1;
    for (std::uint32_t place = 0; place < size_; ++place)
      userspace::write_guest_value(context_, disk_.registers.vm, address_of(place),
                                   entries_[place]);
  }

 private:
  std::uint64_t address_of(std::uint32_t place) const {
    return userspace::address_of_page(disk_.area.completion) +
           place % size_ * sizeof(nvme::CompletionEntry);
  }
  std::uint16_t from_head(std::uint32_t place) const {
    return static_cast<std::uint16_t>((place + size_ - disk_.registers.head) % size_);
  }
  // The phase in which the guest will look at the place so far behind its head, or the controller
  // write there.
  std::uint16_t phase_of(std::uint32_t behind) const {
    const bool is_next_round = disk_.registers.head + behind >= size_;
    return static_cast<std::uint16_t>(disk_.registers.phase ^ (is_next_round ? 1U : 0U));
  }
  bool is_sound() const {
    const std::uint32_t waiting = from_head(queue_.tail);
    if (queue_.phase != phase_of(waiting)) return false;
    for (std::uint32_t place = 0; place < size_; ++place) {
      const bool is_there = (entries_[place].status_and_phase & 1) == phase_of(place);
      if (is_there != (place < waiting)) return false;
    }
    return true;
  }

  Context& context_;
  GuestDisk& disk_;
  nvme::CompletionQueue& queue_;
  std::uint32_t size_;
  std::vector<nvme::CompletionEntry> entries_;  // from the guest's head on
};

}  // namespace

void forget_entries_of_queues(Context& context, GuestDisk& disk, nvme::Controller& controller) {
  if (has_working_queues(controller, userspace::load_of(context, disk))) {
    SubmissionsTurned(context, disk, controller.submission_queues[userspace::kIoQueue]).turn();
    CompletionsTurned(context, disk, controller.completion_queues[userspace::kIoQueue]).turn();
  }
  DeadEntries(context, disk, controller).forget();
}

}  // namespace luosim::world
