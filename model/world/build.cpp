// SPDX-License-Identifier: Apache-2.0
#include "model/world/build.hpp"

#include <algorithm>

#include "model/luo/v2/phase.hpp"
#include "model/world/metrics.hpp"
#include "model/world/script_build.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::world {

namespace {

luo::CallbackMask mask_of(const CallbackSet& callbacks) {
  luo::CallbackMask mask;
  if (!callbacks.prepare) mask.remove(luo::Callback::prepare);
  if (!callbacks.freeze) mask.remove(luo::Callback::freeze);
  if (!callbacks.cancel) mask.remove(luo::Callback::cancel);
  if (!callbacks.finish) mask.remove(luo::Callback::finish);
  return mask;
}

constexpr std::string_view kMemfdType = "memfd";

class Builder {
 public:
  explicit Builder(const Scenario& scenario) : scenario_(scenario) {}

  Built build() {
    build_host();
    build_modules();
    for (const KernelSpec& kernel : scenario_.kernels) build_image(kernel);
    build_files();
    build_vms();
    build_script(scenario_, built_.blueprint.names, built_.blueprint.cast);
    for (const FaultSpec& fault : scenario_.faults) build_fault(fault);
    build_timing();
    check_expectations();
    return std::move(built_);
  }

 private:
  sim::Symbol intern(const std::string& text) { return built_.blueprint.names.intern(text); }

  void build_host() {
    const HostSpec& host = scenario_.host;
    built_.blueprint.memory_bytes = host.memory_bytes;
    built_.blueprint.cpus = host.cpus;
    built_.blueprint.scratch = {host.scratch_bytes, host.numa_nodes};
    built_.blueprint.cast.images = static_cast<std::uint32_t>(scenario_.kernels.size());
  }

  // Subsystems first, then handlers, each in the order of the scenario.
  void build_modules() {
    std::uint32_t number = 0;
    for (const SubsystemSpec& subsystem : scenario_.subsystems) {
      ModulePlan module;
      module.kind = ModulePlan::Kind::test_subsystem;
      module.name = intern(subsystem.name);
      module.callbacks = mask_of(subsystem.callbacks);
      module.participant.name = module.name;
      module.participant.number = ++number;
      module.participant.preserves_page = subsystem.preserves_page ? 1 : 0;
      built_.blueprint.modules.push_back(module);
    }
    for (const HandlerSpec& handler : scenario_.handlers) {
      ModulePlan module;
      module.kind = handler.accepts == kMemfdType ? ModulePlan::Kind::memfd_handler
                                                  : ModulePlan::Kind::test_handler;
      module.name = intern(handler.compatible);
      module.callbacks = mask_of(handler.callbacks);
      module.participant.name = module.name;
      module.participant.accepts = intern(handler.accepts);
      module.participant.number = ++number;
      module.participant.is_handler = 1;
      module.participant.preserves_page = handler.preserves_page ? 1 : 0;
      built_.blueprint.modules.push_back(module);
    }
  }

  template <class Spec, class NameOf>
  void add_modules(ImagePlan& image, const std::vector<Spec>& all, std::size_t first,
                   const std::optional<std::vector<std::string>>& wanted, NameOf name_of) {
    const auto add = [&](std::size_t index) {
      image.modules.push_back(static_cast<std::uint32_t>(first + index));
    };
    if (!wanted) {
      for (std::size_t index = 0; index < all.size(); ++index) add(index);
      return;
    }
    for (const std::string& name : *wanted) {
      for (std::size_t index = 0; index < all.size(); ++index)
        if (name_of(all[index]) == name) add(index);
    }
  }

  void build_image(const KernelSpec& kernel) {
    ImagePlan image;
    image.name = intern(kernel.name);
    image.version = intern(kernel.version);
    std::string wrong;
    const auto options = kernel::parse_command_line(kernel.cmdline, wrong);
    if (!options) {
      built_.errors.push_back(
          {{}, "kernel '" + kernel.name + "': '" + wrong + "' on its command line is no boolean"});
    } else {
      image.options = *options;
    }
    image.options.sysfs = kernel.sysfs;
    image.options.debugfs = kernel.debugfs;
    image.options.selftests = kernel.selftests;
    image.options.kho_only_if_finalized = kernel.kho_only_if_finalized;
    image.options.image = static_cast<std::uint32_t>(built_.blueprint.images.size());
    add_modules(image, scenario_.subsystems, 0, kernel.subsystems,
                [](const SubsystemSpec& subsystem) { return subsystem.name; });
    add_modules(image, scenario_.handlers, scenario_.subsystems.size(), kernel.handlers,
                [](const HandlerSpec& handler) { return handler.compatible; });
    built_.blueprint.images.push_back(image);
  }

  void build_files() {
    for (const FileSpec& file : scenario_.files) {
      const bool is_memfd = file.type == kMemfdType;
      built_.blueprint.files.push_back({.name = intern(file.name),
                                        .test_type = is_memfd ? sim::Symbol{} : intern(file.type),
                                        .bytes = file.size_bytes,
                                        .folio_bytes = file.folio_bytes,
                                        .hole_bytes = file.hole_bytes});
    }
  }

  void build_vms() {
    for (const VmSpec& vm : scenario_.vms) {
      const sim::Symbol memory = intern(vm.name + ".memory");
      built_.blueprint.files.push_back(
          {.name = memory, .bytes = vm.memory_bytes, .folio_bytes = vm.folio_bytes});
      built_.blueprint.cast.vms.push_back({.name = intern(vm.name),
                                           .memory_file = memory,
                                           .memory_bytes = vm.memory_bytes,
                                           .folio_bytes = vm.folio_bytes,
                                           .vcpus = vm.vcpus,
                                           .write_every = vm.write_every});
    }
  }

  void build_fault(const FaultSpec& fault) {
    const std::size_t colon = fault.site.find(':');
    const std::string name = fault.site.substr(0, colon);
    const std::string instance = colon == std::string::npos ? "" : fault.site.substr(colon + 1);
    const auto sites = fault_sites();
    const auto site = std::find_if(sites.begin(), sites.end(),
                                   [&](const sim::FaultSite& each) { return each.name == name; });
    if (site == sites.end()) {
      built_.errors.push_back({fault.place, "no fault site is called '" + name + "'"});
      return;
    }
    sim::FaultRule rule;
    rule.site = site->id();
    rule.instance = instance.empty() ? 0 : sim::name_hash(instance);
    rule.skip = fault.nth - 1;
    rule.times = fault.times == 0 ? sim::FaultRule::kForever : fault.times;
    rule.value = fault.value != 0 ? fault.value : site->value;
    rule.per_million = fault.per_million;
    if (fault.from) rule.from = *fault.from;
    if (fault.until) rule.until = *fault.until;
    built_.faults.add(rule);
  }

  void build_timing() {
    for (const TimingOverride& override_ : scenario_.timing) {
      for (const kernel::TimingRow& row : kernel::timing_table())
        if (row.key == override_.key) built_.blueprint.timing.set(row.cost, override_.value);
    }
  }

  void check_panic(const Expectation& expectation) {
    const auto reasons = panic_reasons();
    const bool known = std::any_of(
        reasons.begin(), reasons.end(),
        [&](const kernel::PanicReason& reason) { return reason.name == expectation.subject; });
    if (!expectation.subject.empty() && !known)
      built_.errors.push_back(
          {expectation.place, "no kernel panics for '" + expectation.subject + "'"});
  }

  void check_expectations() {
    for (const Expectation& expectation : scenario_.expectations) {
      if (expectation.kind == Expectation::Kind::machine) check_panic(expectation);
      // The model has no guarantees yet: an expectation that nothing judges would always hold.
      if (expectation.kind == Expectation::Kind::violated ||
          expectation.kind == Expectation::Kind::held) {
        built_.errors.push_back(
            {expectation.place, "no guarantee is called '" + expectation.argument + "'"});
      }
      if (expectation.kind == Expectation::Kind::metric &&
          !is_metric(expectation.subject, scenario_))
        built_.errors.push_back(
            {expectation.place, "no metric is called '" + expectation.subject + "'"});
    }
  }

  const Scenario& scenario_;
  Built built_;
};

}  // namespace

Built build(const Scenario& scenario) {
  return Builder(scenario).build();
}

}  // namespace luosim::world
