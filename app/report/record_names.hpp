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
};

/// A named value. One value of a record may hold several fields.
struct RecordField {
  std::string_view name;   ///< empty: there is no such field
  std::uint8_t value = 0;  ///< which of the four
  ValueForm form = ValueForm::number;
};

struct RecordName {
  sim::RecordKind kind;
  std::string_view name;                ///< `luo.callback`
  std::array<RecordField, 5> fields{};  ///< in the order in which they are written

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
