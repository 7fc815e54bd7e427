// SPDX-License-Identifier: Apache-2.0
//
// The words of a scenario that the model owns. The loader takes them as lists, so that it can point
// at a misspelt one without knowing the model, and so that tests can bring their own.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace luosim::app {

/// A knob of the protocols and what it can be set to.
struct KnobWords {
  std::string_view name;
  std::span<const std::string_view> words;
};

/// An empty list means: take any word. The lists must live as long as the load.
struct LoadOptions {
  std::span<const std::string_view> protocols;    ///< what `protocol` and `on` may name
  std::span<const KnobWords> knobs;               ///< keys and words of `knobs`
  std::span<const std::string_view> timing_keys;  ///< keys of `timing`
  std::span<const std::string_view> fault_sites;  ///< names of sites, without `:` and what follows
  std::span<const std::string_view> guarantees;   ///< what `violated` and `held` may name
  /// What `metric` may name; a `*` stands for the name of a VM, as in `vm.*.blackout_ns`.
  std::span<const std::string_view> metrics;
  /// `key=value` each, keys as paths such as `vms.vm0.memory`: put into the file before it is read.
  std::span<const std::string> settings;
};

}  // namespace luosim::app
