// SPDX-License-Identifier: Apache-2.0
//
// Commands in flight, for the other files of this folder: from a fetched entry to the completion.
#pragma once

#include "model/device/context.hpp"
#include "model/device/nvme/controller.hpp"

namespace luosim::device::nvme {

/// Begins a command that a queue has fetched; there must be a slot.
void accept(Context& context, Controller& controller, std::uint16_t queue,
            const SubmissionEntry& entry);

/// Ends a command at once with what its slot says. False if the controller became fatal.
bool complete(Context& context, Controller& controller, std::uint32_t slot);

/// The slot of a command by queue and command id, if it is in flight. O(slots).
std::optional<std::uint32_t> find_command(const Controller& controller, std::uint32_t queue,
                                          std::uint32_t command_id);

/// Ends a command from outside: its task is gone. False if the controller became fatal.
bool cancel(Context& context, Controller& controller, std::uint32_t slot, std::uint16_t status);

/// Carries out a command of the admin queue. False if the controller became fatal.
bool execute_admin(Context& context, Controller& controller, std::uint32_t slot);

/// Whether an I/O command is one: its status otherwise.
std::uint16_t check_io(const Controller& controller, const SubmissionEntry& entry);
constexpr std::uint64_t first_block(const SubmissionEntry& entry) {
  return entry.dw10 | std::uint64_t{entry.dw11} << 32;
}
constexpr std::uint32_t block_count(const SubmissionEntry& entry) {
  return (entry.dw12 & 0xFFFF) + 1;
}

/// Pages of memory that the data of a read or write lie in.
std::uint32_t pages_of(const SubmissionEntry& entry);
/// Its data lie in more than two pages, so the second pointer is one to a list.
bool has_list(const SubmissionEntry& entry);
/// Where the data of page number `page` begin; the list must have been fetched.
Iova data_address(const Command& command, std::uint32_t page);

/// What fetching a page of a list came to.
enum class ListResult : std::uint8_t { complete, more, lost, invalid };
ListResult fetch_list_page(Context& context, const Controller& controller, Command& command);

}  // namespace luosim::device::nvme
