// SPDX-License-Identifier: Apache-2.0
#include "model/world/script_build.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "model/luo/v2/phase.hpp"
#include "model/world/device_build.hpp"

namespace luosim::world {

namespace {

using userspace::Condition;
using UserVerb = userspace::Verb;

// Row by row in the order of world::Verb; reboot is refined by its first argument.
constexpr UserVerb kVerbs[] = {
    UserVerb::preserve,
    UserVerb::unpreserve,
    UserVerb::restore,
    UserVerb::prepare,
    UserVerb::freeze,
    UserVerb::cancel,
    UserVerb::finish,
    UserVerb::get_state,
    UserVerb::read_sysfs,
    UserVerb::reboot_kexec,
    UserVerb::pause,
    UserVerb::resume,
    UserVerb::write,
    UserVerb::close,
    UserVerb::kho_finalize,
    UserVerb::kho_abort,
    UserVerb::debugfs_finalize,
    UserVerb::register_subsystem,
    UserVerb::unregister_subsystem,
    UserVerb::register_handler,
    UserVerb::unregister_handler,
    UserVerb::preserve_page,
    UserVerb::kill,
    UserVerb::bind,
    UserVerb::unbind,
    UserVerb::map,
    UserVerb::unmap,
    UserVerb::resize,
    UserVerb::interrupts_off,
    UserVerb::reset_device,
    UserVerb::suspend_device,
    UserVerb::remove_device,
    UserVerb::insert_device,
    UserVerb::sleep,
    UserVerb::start,
};
static_assert(std::size(kVerbs) == static_cast<std::size_t>(Verb::start) + 1);

// Positions by name: scripts may name thousands of VMs, each many times.
using Positions = std::map<std::string, std::uint32_t>;

template <class Spec>
Positions positions_of(const std::vector<Spec>& specs) {
  Positions positions;
  for (const Spec& spec : specs)
    positions.emplace(spec.name, static_cast<std::uint32_t>(positions.size()));
  return positions;
}

std::uint32_t position_of(const Positions& positions, const std::string& name) {
  const auto position = positions.find(name);
  return position == positions.end() ? static_cast<std::uint32_t>(positions.size())
                                     : position->second;
}

class ScriptBuilder {
 public:
  ScriptBuilder(const Scenario& scenario, Blueprint& blueprint)
      : blueprint_(blueprint),
        names_(blueprint.names),
        actors_(positions_of(scenario.actors)),
        vms_(positions_of(scenario.vms)),
        kernels_(positions_of(scenario.kernels)) {
    for (const ActorSpec& actor : scenario.actors) {
      for (const ScriptEntry& entry : actor.script) {
        if (!entry.label.empty())
          labels_.emplace(entry.label, static_cast<std::uint32_t>(labels_.size()));
      }
    }
  }

  userspace::Entry entry_of(const ScriptEntry& spec) {
    userspace::Entry entry;
    entry.verb = verb_of(spec);
    entry.duration = spec.duration;
    entry.line = spec.place.line;
    entry.flags = spec.flags;
    set_operands(entry, spec);
    set_timing(entry, spec);
    entry.any_answer = spec.expect.kind == ExpectedResult::Kind::any;
    entry.any_failure =
        spec.expect.kind == ExpectedResult::Kind::failure && spec.expect.errno_value == 0;
    if (spec.expect.kind == ExpectedResult::Kind::failure)
      entry.expected = -spec.expect.errno_value;
    if (!spec.label.empty()) entry.label = labels_.at(spec.label);
    return entry;
  }

  userspace::FreePlan plan_of(const FreeSpec& spec) {
    userspace::FreePlan plan;
    plan.max = spec.max;
    plan.reboots = spec.reboots;
    std::set<CallKey> taken;
    for (const ScriptEntry& op : spec.ops) {
      userspace::Entry entry = entry_of(op);
      entry.any_answer = true;
      const std::size_t calls = std::max<std::size_t>(entry.operands.size(), 1);
      for (std::size_t call = 0; call < calls; ++call) {
        userspace::Entry alternative = calls == 1 ? entry : one_call_of(entry, call);
        if (taken.insert(key_of(alternative)).second)
          plan.alternatives.push_back(std::move(alternative));
      }
    }
    return plan;
  }

 private:
  // What tells one call from another.
  using CallKey = std::tuple<UserVerb, std::vector<sim::Symbol>, std::vector<std::uint32_t>,
                             std::int64_t, std::uint32_t>;

  static CallKey key_of(const userspace::Entry& entry) {
    return {entry.verb, entry.operands, entry.numbers, entry.duration.ns, entry.flags};
  }

  static userspace::Entry one_call_of(const userspace::Entry& entry, std::size_t call) {
    userspace::Entry one;
    one.verb = entry.verb;
    one.operands = {entry.operands[call]};
    one.numbers = {entry.numbers[call]};
    one.flags = entry.flags;
    one.any_answer = entry.any_answer;
    one.line = entry.line;
    return one;
  }

  void set_operands(userspace::Entry& entry, const ScriptEntry& spec) {
    if (spec.verb == Verb::reboot) return set_reboot(entry, spec);
    if (spec.verb == Verb::sleep) return;
    if (spec.verb == Verb::bind) return set_binding(entry, spec);
    for (const std::string& argument : spec.arguments) {
      entry.operands.push_back(names_.intern(argument));
      switch (spec.verb) {
        case Verb::pause:
        case Verb::resume:
        case Verb::start:
        case Verb::map:
        case Verb::unmap:
        case Verb::interrupts_off:
          entry.numbers.push_back(position_of(vms_, argument));
          break;
        case Verb::kill:
          entry.numbers.push_back(number_of_process(argument));
          break;
        case Verb::unbind:
        case Verb::reset_device:
        case Verb::suspend_device:
        case Verb::remove_device:
        case Verb::insert_device:
          entry.numbers.push_back(function_named(blueprint_, argument).index);
          break;
        case Verb::debugfs_finalize:
          entry.numbers.push_back(argument == "0" ? 0 : 1);
          break;
        default:
          entry.numbers.push_back(0);
      }
    }
  }

  // One call with two numbers: the function and the driver.
  void set_binding(userspace::Entry& entry, const ScriptEntry& spec) {
    if (spec.arguments.size() < 2) return;
    entry.operands.push_back(names_.intern(spec.arguments[0]));
    entry.numbers = {function_named(blueprint_, spec.arguments[0]).index,
                     static_cast<std::uint32_t>(driver_of(spec.arguments[1]))};
  }

  // Actors first, then the VMMs.
  std::uint32_t number_of_process(const std::string& name) const {
    const auto actor = actors_.find(name);
    if (actor != actors_.end()) return actor->second;
    return static_cast<std::uint32_t>(actors_.size()) + position_of(vms_, name);
  }

  void set_reboot(userspace::Entry& entry, const ScriptEntry& spec) {
    const bool names_a_kernel = spec.arguments.size() > 1;
    entry.operands.push_back(names_.intern(names_a_kernel ? spec.arguments[1] : ""));
    entry.numbers.push_back(names_a_kernel ? position_of(kernels_, spec.arguments[1])
                                           : userspace::kNextImage);
  }

  void set_timing(userspace::Entry& entry, const ScriptEntry& spec) {
    if (spec.at.kind == Timing::Kind::absolute) entry.not_before = sim::SimTime{spec.at.value.ns};
    if (spec.at.kind == Timing::Kind::relative) entry.pause_before = spec.at.value;
    entry.after = awaited(spec.after);
    entry.when = condition(spec.when);
  }

  std::uint32_t phase_number(const std::string& word) const {
    return static_cast<std::uint32_t>(luo::v2::phase_of(word).value_or(luo::v2::Phase::normal));
  }

  Condition awaited(const Awaited& spec) const {
    switch (spec.kind) {
      case Awaited::Kind::nothing:
        return {};
      case Awaited::Kind::phase:
        return {Condition::Kind::phase, phase_number(spec.argument)};
      case Awaited::Kind::label:
        return {Condition::Kind::label, labels_.at(spec.argument)};
      case Awaited::Kind::boot:
        return {Condition::Kind::boot, position_of(kernels_, spec.argument)};
      case Awaited::Kind::paused:
        return {Condition::Kind::paused, position_of(vms_, spec.argument)};
      case Awaited::Kind::resumed:
        return {Condition::Kind::resumed, position_of(vms_, spec.argument)};
    }
    return {};
  }

  Condition condition(const world::Condition& spec) const {
    using Kind = world::Condition::Kind;
    switch (spec.kind) {
      case Kind::always:
        return {};
      case Kind::phase:
        return {Condition::Kind::phase, phase_number(spec.argument)};
      case Kind::last_failed:
        return {Condition::Kind::last_failed, 0};
      case Kind::last_succeeded:
        return {Condition::Kind::last_succeeded, 0};
      case Kind::kernel:
        return {Condition::Kind::kernel, position_of(kernels_, spec.argument)};
    }
    return {};
  }

  const Blueprint& blueprint_;
  sim::Names& names_;
  Positions actors_;
  Positions vms_;
  Positions kernels_;
  std::map<std::string, std::uint32_t> labels_;
};

}  // namespace

userspace::Verb verb_of(const ScriptEntry& entry) {
  if (entry.verb != Verb::reboot || entry.arguments.empty())
    return kVerbs[static_cast<std::size_t>(entry.verb)];
  const std::string& how = entry.arguments[0];
  return how == "cold"                  ? UserVerb::reboot_cold
         : how == "kexec-without-image" ? UserVerb::reboot_without_image
                                        : UserVerb::reboot_kexec;
}

void build_script(const Scenario& scenario, Blueprint& blueprint) {
  ScriptBuilder builder(scenario, blueprint);
  sim::Names& names = blueprint.names;
  userspace::Cast& cast = blueprint.cast;
  for (const ActorSpec& spec : scenario.actors) {
    userspace::Actor actor;
    actor.name = names.intern(spec.name);
    for (const ScriptEntry& entry : spec.script) actor.script.push_back(builder.entry_of(entry));
    if (spec.free) actor.free = builder.plan_of(*spec.free);
    cast.actors.push_back(std::move(actor));
  }
}

}  // namespace luosim::world
