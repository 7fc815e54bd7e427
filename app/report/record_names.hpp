// SPDX-License-Identifier: Apache-2.0
//
// What records are called outside of the program: a dotted name for each kind and a name for each
// of its values. Files and scripts of others depend on these names, while numbers and types inside
// of the model may change. Every report asks this one table.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/trace/trace.hpp"

namespace luosim::app {

/// What the 64 bits of a value are.
enum class ValueForm : std::uint8_t {
  number,
  flag,            ///< 0 or 1
  bytes,           ///< a size
  page,            ///< page frame number
  address,         ///< of a byte of physical memory
  word,            ///< bits that only a participant understands
  status,          ///< 0 or a positive number, or a negative errno
  program,         ///< ProgramId
  step,            ///< row of the program in the value before
  lock,            ///< LockId
  lock_mode,       ///< LockMode
  fault_site,      ///< FaultSiteId
  instance,        ///< name_hash of a text of the scenario or of a function; 0: none
  ending,          ///< kernel::Ending
  cause,           ///< of an ending: hash of a panic reason or of an owner of memory; 0: none
  client_event,    ///< kho::Event
  phase,           ///< luo::v2::Phase
  callback,        ///< luo::Callback in the lowest eight bits
  callback_flags,  ///< LuoRecord flags above them
  note,            ///< ParticipantRecord::Note
  verb,            ///< userspace::Verb
  duration,        ///< nanoseconds
  bits,            ///< of a register
  iova,            ///< address that a device uses
  owner,           ///< hash of an owner of memory; 0: none
  bus_address,     ///< device::Bdf
  bus_numbers,     ///< primary | secondary << 8 | subordinate << 16
  dma_purpose,     ///< device::DmaPurpose
  dma_direction,   ///< device::DmaDirection
  dma_result,      ///< device::DmaResult
  fault_reason,    ///< device::iommu::FaultReason
  reset_kind,      ///< device::pcie::ResetKind
  interrupt_fate,  ///< device::irq::InterruptFate
  refusal,         ///< device::irq::RemappingFault
  controller,      ///< device::nvme::ControllerState
  driver,          ///< driver::pci::Driver
  domain,          ///< number of a domain, or kNoDomain
  injected_by,     ///< ParticipantRecord::InjectedBy
  io_kind,         ///< 1: a write, 2: a flush, else a read
};

/// A named value. One value of a record may hold several fields.
struct RecordField {
  std::string_view name;   ///< empty: there is no such field
  std::uint8_t value = 0;  ///< which of the four
  ValueForm form = ValueForm::number;
  std::uint8_t shift = 0;  ///< lowest bit of the field in the value
  std::uint8_t bits = 64;

  constexpr std::uint64_t of(const sim::Record& record) const {
    const std::uint64_t all = record.values[value] >> shift;
    return bits >= 64 ? all : all & ((std::uint64_t{1} << bits) - 1);
  }
};

struct RecordName {
  sim::RecordKind kind;
  std::string_view name;                ///< `luo.callback`
  std::array<RecordField, 8> fields{};  ///< in the order in which they are written

  /// The part before the dot, and the part after it.
  constexpr std::string_view layer() const { return name.substr(0, name.find('.')); }
  constexpr std::string_view event() const { return name.substr(name.find('.') + 1); }
  /// Without the empty fields.
  std::span<const RecordField> named_fields() const;
};

/// Every kind of record, by rising number.
std::span<const RecordName> record_names();

/// The row of a kind; null if there is none, which is a mistake of whoever added the kind. O(log
/// n).
const RecordName* find_record_name(sim::RecordKind kind);

}  // namespace luosim::app
