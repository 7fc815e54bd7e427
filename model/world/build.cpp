// SPDX-License-Identifier: Apache-2.0
#include "model/world/build.hpp"

#include <algorithm>

#include "model/guarantees/all.hpp"
#include "model/kho/knobs.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/userspace/guest_memory.hpp"
#include "model/world/device_build.hpp"
#include "model/world/metrics.hpp"
#include "model/world/protocol.hpp"
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

// The callback that calls the registration interface; 0xFF: none.
std::uint8_t callback_number(const std::string& word) {
  for (const luo::Callback callback : {luo::Callback::prepare, luo::Callback::freeze,
                                       luo::Callback::cancel, luo::Callback::finish}) {
    if (luo::word_of(callback) == word) return static_cast<std::uint8_t>(callback);
  }
  return 0xFF;
}

struct ParticipantWord {
  std::string_view word;
  fd::Participant type;
};
// Every other word is a type of the programmable test participants.
constexpr ParticipantWord kHandlerTypes[] = {
    {"memfd", fd::Participant::memfd},
    {"iommufd", fd::Participant::iommufd},
    {"vfio", fd::Participant::vfio},
    {"kvm", fd::Participant::kvm},
    {"guest_memfd", fd::Participant::guest_memfd},
    {"hugetlb", fd::Participant::hugetlb},
    {"eventfd", fd::Participant::eventfd},
};
constexpr ParticipantWord kSubsystemTypes[] = {
    {"pci", fd::Participant::pci},
    {"iommu", fd::Participant::iommu},
    {"hugetlb", fd::Participant::hugetlb_pool},
};

struct FileWord {
  std::string_view word;
  fd::FileType type;
};
constexpr FileWord kFileTypes[] = {
    {"memfd", fd::FileType::memfd},
    {"eventfd", fd::FileType::eventfd},
};

fd::FileType file_type_of(const std::string& word) {
  const auto* row = std::find_if(std::begin(kFileTypes), std::end(kFileTypes),
                                 [&](const FileWord& each) { return each.word == word; });
  return row == std::end(kFileTypes) ? fd::FileType::test : row->type;
}

template <std::size_t size>
fd::Participant participant_of(const ParticipantWord (&table)[size], const std::string& word) {
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const ParticipantWord& each) { return each.word == word; });
  return row == std::end(table) ? fd::Participant::test : row->type;
}

fd::MemoryKind backing_of(const std::string& word) {
  if (word == "hugetlb") return fd::MemoryKind::hugetlb;
  if (word == "guest_memfd") return fd::MemoryKind::guest_memfd;
  return fd::MemoryKind::shmem;
}

userspace::Workload workload_of(const WorkloadSpec& spec) {
  using Kind = userspace::Workload::Kind;
  userspace::Workload workload;
  workload.kind = spec.kind == WorkloadSpec::Kind::verify_io  ? Kind::verify_io
                  : spec.kind == WorkloadSpec::Kind::database ? Kind::database
                                                              : Kind::idle;
  workload.waits_for_interrupts = spec.waits_for_interrupts;
  workload.shadow_doorbells = spec.shadow_doorbells;
  workload.queue_depth = spec.queue_depth;
  workload.pages = static_cast<std::uint32_t>(spec.block_bytes / memory::kPageBytes);
  workload.blocks = spec.blocks;
  workload.read_percent = spec.read_percent;
  workload.timeout = spec.timeout;
  return workload;
}

class Builder {
 public:
  explicit Builder(const Scenario& scenario) : scenario_(scenario) {}

  Built build() {
    build_protocol();
    build_host();
    build_devices(scenario_, built_.blueprint, built_.errors);
    build_modules();
    for (const KhoClientSpec& client : scenario_.kho_clients)
      built_.blueprint.clients.push_back({intern(client.name), client.priority, client.subtrees});
    for (const KernelSpec& kernel : scenario_.kernels) build_image(kernel);
    build_files();
    build_vms();
    build_script(scenario_, built_.blueprint);
    for (const FaultSpec& fault : scenario_.faults) build_fault(fault);
    for (const OrderSpec& part : scenario_.order) build_order(part);
    build_timing();
    check_expectations();
    return std::move(built_);
  }

 private:
  sim::Symbol intern(const std::string& text) { return built_.blueprint.names.intern(text); }

  void build_order(const OrderSpec& part) {
    const sim::Symbol task = built_.blueprint.names.find(part.task);
    if (task == sim::Symbol{})
      built_.errors.push_back({{}, "nobody in the order is called '" + part.task + "'"});
    built_.blueprint.order.push_back({task, part.steps, part.which});
  }

  void build_protocol() {
    const Protocol* protocol = find_protocol(scenario_.protocol);
    if (protocol == nullptr) {
      built_.errors.push_back({{}, "no protocol is called '" + scenario_.protocol + "'"});
      return;
    }
    sim::KnobValues knobs = knobs_of(*protocol);
    for (const KnobSetting& setting : scenario_.knobs) set_knob(knobs, setting);
    built_.blueprint.programs = programs_with(knobs);
  }

  void set_knob(sim::KnobValues& knobs, const KnobSetting& setting) {
    const KnobRow* row = find_knob(setting.name);
    const auto value = row == nullptr ? std::nullopt : sim::value_of(*row->knob, setting.value);
    if (value) return knobs.set(*row->knob, *value);
    built_.errors.push_back(
        {setting.place, row == nullptr
                            ? "no knob is called '" + setting.name + "'"
                            : "knob '" + setting.name + "' cannot be '" + setting.value + "'"});
  }

  void build_host() {
    const HostSpec& host = scenario_.host;
    built_.blueprint.memory_bytes = host.memory_bytes;
    built_.blueprint.cpus = host.cpus;
    built_.blueprint.hugepages = host.hugepages;
    built_.blueprint.scratch = {host.scratch_bytes, host.numa_nodes};
    built_.blueprint.cast.images = static_cast<std::uint32_t>(scenario_.kernels.size());
  }

  // Subsystems first, then handlers, each in the order of the scenario.
  void build_modules() {
    std::uint32_t number = 0;
    for (const SubsystemSpec& subsystem : scenario_.subsystems) {
      ModulePlan module;
      module.type = participant_of(kSubsystemTypes, subsystem.type);
      module.is_subsystem = true;
      module.name = intern(subsystem.name);
      module.callbacks = mask_of(subsystem.callbacks);
      module.participant.name = module.name;
      module.participant.number = ++number;
      module.participant.preserves_page = subsystem.preserves_page ? 1 : 0;
      module.participant.preserves_in_freeze = subsystem.preserves_in_freeze ? 1 : 0;
      module.participant.reenters = callback_number(subsystem.reenters);
      built_.blueprint.modules.push_back(module);
    }
    for (const HandlerSpec& handler : scenario_.handlers) {
      ModulePlan module;
      module.type = participant_of(kHandlerTypes, handler.accepts);
      module.name = intern(handler.compatible);
      module.callbacks = mask_of(handler.callbacks);
      module.participant.name = module.name;
      module.participant.accepts = intern(handler.accepts);
      module.participant.number = ++number;
      module.participant.is_handler = 1;
      module.participant.preserves_page = handler.preserves_page ? 1 : 0;
      module.participant.preserves_in_freeze = handler.preserves_in_freeze ? 1 : 0;
      module.participant.reenters = callback_number(handler.reenters);
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
    image.options.image = static_cast<std::uint32_t>(built_.blueprint.images.size());
    add_modules(image, scenario_.subsystems, 0, kernel.subsystems,
                [](const SubsystemSpec& subsystem) { return subsystem.name; });
    add_modules(image, scenario_.handlers, scenario_.subsystems.size(), kernel.handlers,
                [](const HandlerSpec& handler) { return handler.compatible; });
    image.options.kho_only_if_finalized =
        built_.blueprint.programs.knobs().of(kho::kHandOverOnlyIfFinalized) != 0;
    built_.blueprint.image_notes.push_back(note_of(image, kernel));
    built_.blueprint.images.push_back(image);
  }

  luo::v2::ImageNote note_of(const ImagePlan& image, const KernelSpec& kernel) {
    luo::v2::ImageNote note;
    note.takes_over = image.options.kho && image.options.liveupdate;
    note.compatible = intern(kernel.compatible);
    for (const std::uint32_t index : image.modules) {
      const ModulePlan& module = built_.blueprint.modules[index];
      (module.is_subsystem ? note.subsystems : note.handlers).push_back(module.name);
    }
    const std::vector<std::string> none;
    for (const std::string& name : kernel.later_subsystems.value_or(none))
      note.subsystems.push_back(intern(name));
    for (const std::string& name : kernel.later_handlers.value_or(none))
      note.handlers.push_back(intern(name));
    return note;
  }

  void build_files() {
    for (const FileSpec& file : scenario_.files) {
      const fd::FileType type = file_type_of(file.type);
      const bool is_test = type == fd::FileType::test;
      built_.blueprint.files.push_back({.name = intern(file.name),
                                        .type = type,
                                        .test_type = is_test ? intern(file.type) : sim::Symbol{},
                                        .bytes = file.size_bytes,
                                        .folio_bytes = file.folio_bytes,
                                        .hole_bytes = file.hole_bytes});
    }
  }

  void build_vms() {
    for (const VmSpec& vm : scenario_.vms) {
      const sim::Symbol memory = intern(vm.name + ".memory");
      built_.blueprint.cast.vms.push_back({.name = intern(vm.name),
                                           .memory_file = memory,
                                           .memory_bytes = vm.memory_bytes,
                                           .folio_bytes = vm.folio_bytes,
                                           .vcpus = vm.vcpus,
                                           .write_every = vm.write_every,
                                           .backing = backing_of(vm.backing),
                                           .workload = workload_of(vm.workload),
                                           .injects_interrupts = vm.injects_interrupts,
                                           .posts_interrupts = vm.posts_interrupts,
                                           .seals = vm.seals});
      add_devices_of(vm, built_.blueprint.cast.vms.back());
    }
  }

  void add_devices_of(const VmSpec& vm, userspace::VmPlan& plan) {
    const bool has_machine = !vm.devices.empty() || plan.backing == fd::MemoryKind::guest_memfd;
    if (has_machine) plan.kvm_file = intern(vm.name + ".kvm");
    if (!vm.devices.empty()) plan.iommu_file = intern(vm.name + ".iommu");
    for (const std::string& name : vm.devices) {
      const device::FunctionId function = function_named(built_.blueprint, name);
      if (function == device::kNoFunction) {
        built_.errors.push_back({{}, "VM '" + vm.name + "' has no device '" + name + "'"});
        continue;
      }
      const bool is_disk = device::controller_of(built_.blueprint.devices, function) != nullptr;
      plan.devices.push_back(
          {function, intern(name),
           is_disk ? userspace::VmDevice::Kind::disk : userspace::VmDevice::Kind::port});
    }
    const std::uint64_t wanted = userspace::driver_pages(plan) * memory::kPageBytes;
    if (wanted > vm.memory_bytes / 2) {
      built_.errors.push_back({{},
                               "the drivers of VM '" + vm.name +
                                   "' need more than half of its memory; a smaller queue "
                                   "depth or block helps"});
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
    // Of what has an error or a yes for its value, 0 would be that nothing goes wrong.
    if (fault.value == 0 && site->value != 0) {
      built_.errors.push_back({fault.place, "the fault site '" + name + "' has no value 0"});
      return;
    }
    sim::FaultRule rule;
    rule.site = site->id();
    rule.instance = instance.empty() ? 0 : sim::name_hash(instance);
    rule.skip = fault.nth - 1;
    rule.times = fault.times == 0 ? sim::FaultRule::kForever : fault.times;
    rule.value = fault.value.value_or(site->value);
    rule.per_million = fault.per_million;
    if (fault.from) rule.from = *fault.from;
    if (fault.until) rule.until = *fault.until;
    built_.faults.add(rule);
  }

  void build_timing() {
    for (const TimingOverride& override_ : scenario_.timing) {
      for (const timing::Row& row : timing::table())
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

  void check_guarantee(const Expectation& expectation) {
    const auto all = guarantees::all();
    const bool known = std::any_of(all.begin(), all.end(), [&](const auto* guarantee) {
      return guarantee->id == expectation.argument;
    });
    if (known || expectation.argument == "all") return;
    built_.errors.push_back(
        {expectation.place, "no guarantee is called '" + expectation.argument + "'"});
  }

  void check_expectations() {
    for (const Expectation& expectation : scenario_.expectations) {
      if (expectation.kind == Expectation::Kind::machine) check_panic(expectation);
      if (expectation.kind == Expectation::Kind::violated ||
          expectation.kind == Expectation::Kind::held)
        check_guarantee(expectation);
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
