// SPDX-License-Identifier: Apache-2.0
//
// From an event in a device to somebody who is told: the MSI-X vector of the function, the message
// on the bus, interrupt remapping, and then a kernel's handler or, posted, a guest's vCPU
// (devices.md, section E). Messages are edges: one that nobody takes is gone.
//
// What a fate means for a guest that waits for the event (devices.md, E.5 and E.6):
//
//   fate            told          what is left behind                     what helps the guest
//   handled         yes           nothing                                 nothing is needed
//   posted          when it runs  a bit in a descriptor in memory         its vCPU runs, and the
//                                                                         descriptor is still its
//                                                                         own
//   pending         at unmask     one bit, however many events            unmasking; a reset loses
//   it pin             no            the pin is asserted, a counter here     a handler for the pin
//   dropped         no            nothing                                 a spurious interrupt
//   blocked         no            nothing                                 a spurious interrupt
//   refused         no            an entry in the fault log               a spurious interrupt
//   nobody_listens  no            nothing                                 a spurious interrupt
//   astray          no            four bytes somewhere in memory          a spurious interrupt
//
// Handled means that a kernel was called, under the vector that the tables in memory gave: whether
// it is the right one is for that kernel to say.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/device/address.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/program.hpp"

namespace luosim::device {
struct Context;
}

namespace luosim::device::irq {

/// What became of an event.
enum class InterruptFate : std::uint8_t {
  handled,         ///< the running kernel's entry was called
  posted,          ///< a bit in a posted-interrupt descriptor was set
  pending,         ///< the vector is masked, or the function latches: its pending bit is set
  dropped,         ///< MSI-X is off, and the function has no pin to use and does not remember
  blocked,         ///< the message did not leave the function or its bridges
  refused,         ///< interrupt remapping refused the message
  nobody_listens,  ///< the machine has no kernel that takes interrupts at the moment
  pin,             ///< MSI-X is off: the function asserted INTx, for which nobody has a handler
  astray,          ///< the vector's address is none of interrupts: the message wrote to memory
};
inline constexpr std::size_t kInterruptFates = 9;
std::string_view word_of(InterruptFate fate);

/// Reasons of interrupt remapping; the numbers are VT-d's (devices.md, E.4).
enum class RemappingFault : std::uint8_t {
  none = 0,
  malformed = 0x20,
  index_too_large = 0x21,
  not_present = 0x22,
  table_unreadable = 0x23,
  reserved_bits = 0x24,
  compatibility_blocked = 0x25,
  wrong_source = 0x26,
  descriptor_unreachable = 0x27,  ///< a posted entry names an address where no memory is
};
std::string_view word_of(RemappingFault reason);

/// How often a function has asserted its pin. Nothing here takes a pin back: a kernel that finds
/// any has the storm of devices.md, G.4 row 77.
struct AssertedPin {
  FunctionId function{};
  std::uint32_t times = 0;
  friend bool operator==(const AssertedPin&, const AssertedPin&) = default;
};

/// What a CPU does when a message reaches it. The kernel's first instructions are the program
/// `kInterruptEntry`, called with values {vector}; a kernel sets `listens` when it has set up its
/// descriptor tables and hardware clears it at every jump and reset.
struct Processors {
  std::uint32_t listens = 0;
  std::uint32_t kernel_group = 0;  ///< of the tasks that the entry runs in
  std::vector<AssertedPin> pins;   ///< sorted by function; those that ever asserted theirs

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Processors&, const Processors&) = default;
};
/// How often the function has asserted its pin since the machine was switched on.
std::uint32_t pin_count(const Processors& processors, FunctionId function);

inline constexpr sim::ProgramId kInterruptEntry{sim::name_hash("kernel.interrupt")};
/// A guest's vCPU that runs is told of a posted interrupt: values {vm, vector}, both as memory has
/// them. A kernel that never posts need not have the program: then nobody is told.
inline constexpr sim::ProgramId kPostedEntry{sim::name_hash("kernel.posted_interrupt")};

/// What a vector is told to write, and where.
struct Message {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
};
/// The message that names entry `handle` of the remapping table: the address says all, bit 4 that
/// it does, 19:5 and 2 the handle. Its data is 0, so a vector 0 is what becomes of it once
/// remapping is off.
Message encode_message(std::uint16_t handle);
/// The message that names a vector itself, as without remapping.
Message compatibility_message(std::uint32_t vector);

/// Whose messages an entry takes.
enum class SourceCheck : std::uint8_t {
  none,
  requester,  ///< those of `source`, but for the bits of the function number that are ignored
  bus_range,  ///< those from bus source 15:8 to bus source 7:0
};

/// An entry of the remapping table, 16 bytes in memory. Bit 0 present, 1 fault log disabled, 15
/// posted, 31:16 vector; high half: 15:0 source id, 17:16 ignored bits of it, 19:18 the check.
/// Posted: bits 63:38 and 127:96 hold the descriptor's address, and the vector has 8 bits. `encode`
/// and `decode` are the only ones to know.
struct RemappingEntry {
  bool is_present = false;
  bool is_posted = false;
  std::uint16_t vector = 0;
  Bdf source{};
  memory::PhysicalAddress descriptor{};  ///< of a posted one, 64-byte aligned
  SourceCheck source_check = SourceCheck::requester;
  std::uint8_t ignored_bits = 0;  ///< 0: none, 1: bit 2, 2: bits 2:1, 3: bits 2:0 of the source
  bool is_log_disabled = false;   ///< a message that is refused leaves nothing in the log
  friend bool operator==(const RemappingEntry&, const RemappingEntry&) = default;
};
struct RawEntry {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
static_assert(sizeof(RawEntry) == 16);
inline constexpr std::uint64_t kRemappingEntryBytes = 16;

RawEntry encode(const RemappingEntry& entry);
/// What the bits say, whatever they are; reserved ones are left out.
RemappingEntry decode(RawEntry raw);
/// Whether the hardware would refuse the entry for bits that mean nothing.
bool has_reserved_bits(RawEntry raw);

/// A posted-interrupt descriptor, 64 bytes in memory: 256 request bits, then a control word with
/// `outstanding` (bit 0) and `suppress` (bit 1), the VM in bits 63:32. Hardware sets request bits
/// and outstanding; software clears them: outstanding first, else the next event tells nobody.
inline constexpr std::uint64_t kDescriptorBytes = 64;
inline constexpr std::uint64_t kDescriptorControl = 32;  ///< offset of the control word
inline constexpr std::uint64_t kOutstanding = 1;
inline constexpr std::uint64_t kSuppress = 1U << 1;
inline constexpr std::uint32_t kVmShift = 32;

/// The device has an event for a vector of the function. What became of it at once; a masked vector
/// may send its message later. Leaves an interrupt_raised record, whose values[3] says more: of
/// handled and nobody_listens the vector that the CPU sees, of posted the guest's vector and in bit
/// 32 whether a notification was sent, of refused the reason, of pin how often it was asserted, of
/// blocked and astray the DmaResult. May spawn tasks: no frame may be kept over it.
///
/// A vector that the function lacks is dropped while MSI-X is on; the pin knows no vectors.
InterruptFate raise(Context& context, FunctionId function, std::uint16_t vector);

// MSI-X registers. Unmasking sends what is pending, each message with an interrupt_raised record of
// its own. The table is behind a BAR: writes to it are lost while the function does not decode
// memory, is in reset or gone; the two switches are in configuration space and are lost in the
// latter two cases. -EINVAL for a vector that the function lacks.
std::int64_t write_entry(Context& context, FunctionId function, std::uint16_t vector,
                         std::uint64_t address, std::uint32_t data);
std::int64_t mask_vector(Context& context, FunctionId function, std::uint16_t vector, bool masked);
void enable_msix(Context& context, FunctionId function, bool enabled);
void mask_function(Context& context, FunctionId function, bool masked);

}  // namespace luosim::device::irq
