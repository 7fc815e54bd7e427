// SPDX-License-Identifier: Apache-2.0
//
// How a kernel ends other than by reboot. All are data: a run reports them, nothing aborts.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/core/name.hpp"

namespace luosim::kernel {

enum class Ending : std::uint8_t {
  running,
  panic,      ///< the kernel called panic(): `Death::cause` says where
  oops,       ///< it dereferenced a null or wild pointer
  undefined,  ///< it read memory that was freed: whatever happens next is undefined
};

/// A place that panics, by the word that reports use. Layers declare theirs as constants.
struct PanicReason {
  std::string_view name;
  std::string_view message;
  constexpr std::uint32_t hash() const { return sim::name_hash(name); }
};

/// The panic that a scenario asks for by name.
inline constexpr PanicReason kInjectedPanic{"boot", "the scenario lets this boot panic"};

/// How and why; `cause` is the hash of a panic reason, or of the owner that the memory was freed
/// from.
struct Death {
  Ending ending = Ending::running;
  std::uint8_t reserved = 0;
  std::uint16_t reserved_too = 0;
  std::uint32_t cause = 0;
  friend bool operator==(const Death&, const Death&) = default;
};

}  // namespace luosim::kernel
