// SPDX-License-Identifier: Apache-2.0
//
// What may stand in a scenario, as data: one row for each key. The loader, the JSON Schema and the
// explanations all read these rows, so none of them can say something else; a new key is a new row.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

class LoadContext;
struct MappingType;

/// How a value is written. `kind_description` has the words for people, the schema has a pattern.
enum class FieldKind : std::uint8_t {
  integer,          ///< a whole number
  copies,           ///< a whole number, of things that are named after the one that has it
  signed_integer,   ///< a whole number, maybe below 0; the range is that of its size
  bits,             ///< a whole number, decimal or as 0x1f
  text,             ///< one line
  name,             ///< a new name
  reference,        ///< a name that exists elsewhere in the file
  word,             ///< one of `words`
  boolean,          ///< true or false
  size,             ///< 2MiB
  duration,         ///< 5ms
  moment,           ///< 5ms since the start, or +5ms since the entry before
  percentage,       ///< 25%
  error_code,       ///< EIO
  quantity,         ///< a number, a duration or a size
  site,             ///< name of a fault site, maybe with `:` and something
  word_list,        ///< [freeze, cancel]
  reference_list,   ///< [a, b]
  device_list,      ///< [disk0, disk1], each of which is a file too
  bus_address,      ///< 0000:41:00.0
  command,          ///< a verb and its arguments
  arguments,        ///< the arguments of the verb that is the key
  awaited,          ///< phase WORD, label NAME ...
  condition,        ///< phase WORD, failed ...
  outcome,          ///< ok, any, error or an errno name
  machine_end,      ///< running, or how the machine stopped and why
  protocol,         ///< name of a protocol
  guarantee_list,   ///< [name, name]
  held_guarantees,  ///< all, or [name, name]
  mapping,          ///< one `nested`
  mapping_list,     ///< a list of `nested`
  named_mappings,   ///< a mapping from a new name to `nested`
  actor,            ///< a list of entries, or one `nested`
  named_actors,     ///< a mapping from a new name to such
  named_bounds,     ///< a mapping from a metric to `nested`
  named_words,      ///< a mapping from an existing name to one of `words`
  named_durations,  ///< a mapping from a key of the timing model to a duration
  knob_settings,    ///< a mapping from a knob to one of its words
  matrix,           ///< a mapping from parameters to their values, or a list of cases
};

/// Things that have names. A name is defined once and referred to from anywhere in the file.
enum class NameTable : std::uint8_t {
  none,
  kernels,
  subsystems,
  handlers,
  files,
  vms,
  actors,
  labels,
  kho_clients,
  memories,    ///< only for references: a VM or a file
  processes,   ///< only for references: an actor or a VM
  devices,     ///< everything on the PCI bus, also virtual functions and ports that nobody names
  ports,       ///< those that something can be behind
  endpoints,   ///< those that a driver can have
  vm_devices,  ///< endpoints that VMs have
};

/// Limits of a value, both included: of the number, the nanoseconds, the bytes of a size or text,
/// or the count of a list.
struct Range {
  std::uint64_t minimum = 0;
  std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t multiple_of = 1;
  bool power_of_two = false;
};

/// One mapping of `expect`: its key may stand for several expectations, and `on` is about all.
struct ExpectationGroup {
  std::vector<world::Expectation> expectations;
  std::string protocol;
};

/// What a row stores into.
using Target =
    std::variant<world::Scenario*, world::HostSpec*, world::KernelSpec*, world::SubsystemSpec*,
                 world::HandlerSpec*, world::KhoClientSpec*, world::FileSpec*, world::DeviceSpec*,
                 world::VmSpec*, world::WorkloadSpec*, world::ActorSpec*, world::FreeSpec*,
                 world::ScriptEntry*, world::FaultSpec*, world::OrderSpec*, ExpectationGroup*,
                 world::Expectation*>;

struct Field;
using StoreFunction = void (*)(LoadContext&, const Field&, Target, const Node&);

/// One key of a mapping.
struct Field {
  std::string_view key{};
  FieldKind kind = FieldKind::text;
  bool required = false;
  std::string_view documentation{};  ///< one sentence
  std::string_view fallback{};       ///< what holds without the key, as text; empty: nothing
  std::string_view example{};        ///< a value as it is written in a file
  std::span<const std::string_view> words{};  ///< of `word`; of `name`: words that are no names
  Range range{};
  NameTable names = NameTable::none;  ///< what `name` defines, what `reference` refers to
  const MappingType* nested = nullptr;
  StoreFunction store = nullptr;  ///< reads, reports what is wrong, stores what is right
};

/// A kind of mapping that a scenario has.
struct MappingType {
  /// How many of `alternatives` must be there.
  enum class Rule : std::uint8_t { none, exactly_one, at_least_one };

  std::string_view name{};           ///< "kernel", for messages and the schema
  std::string_view documentation{};  ///< one sentence
  std::string_view example{};        ///< one of it, as it is written in a file
  std::span<const Field> fields{};
  std::span<const std::string_view> bare_word_keys{};  ///< a word instead of a mapping sets these
  Rule rule = Rule::none;
  std::span<const std::string_view> alternatives{};
  /// Checks between keys; called only if each key by itself is right.
  void (*check)(LoadContext&, Target, const Node&) = nullptr;
};

/// All kinds of mappings; the first is the scenario itself.
std::span<const MappingType* const> mapping_types();

/// The row of `key`, or null.
const Field* find_field(const MappingType& type, std::string_view key);

/// `a size`, `a list of names`: what a message says that a value must be.
std::string_view kind_description(FieldKind kind);

}  // namespace luosim::app
