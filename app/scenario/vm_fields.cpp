// SPDX-License-Identifier: Apache-2.0
//
// Rows for guests: their memory, the devices that they drive by themselves, and what they do with
// them.
#include <array>
#include <string>
#include <string_view>

#include "app/scenario/device_types.hpp"
#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/folios.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::VmSpec;
using world::WorkloadSpec;

constexpr std::uint64_t kMostQueueDepth = 1024;
constexpr std::uint64_t kLargestBlock = 512ULL << 10;  // what a controller takes in one command
constexpr std::uint64_t kMostBlocks = 65'536;
constexpr std::uint64_t kMostPercent = 100;

constexpr std::string_view kMemfd = "memfd";
constexpr std::string_view kHugetlb = "hugetlb";
constexpr std::string_view kGuestMemfd = "guest_memfd";
constexpr std::array<std::string_view, 3> kBackings{kMemfd, kHugetlb, kGuestMemfd};

/// They are files too, under their own names; what they are, the whole file tells.
void store_devices(LoadContext& context, const Field& field, Target target, const Node& node) {
  VmSpec& vm = *std::get<VmSpec*>(target);
  for (const Node& item : read_items(context, field, node)) {
    if (item.kind == Node::Kind::scalar) {
      context.refer(field.names, item.text, item.place, Reach::all_copies);
      vm.devices.push_back(item.text);
      continue;
    }
    if (is_collection(item)) report_kind(context, field, item.place);
    lose_names(context, field);
  }
}

constexpr std::array kVmFields{
    size_field<&VmSpec::memory_bytes>({.key = "memory",
                                       .documentation = "Memory of the guest.",
                                       .fallback = "1GiB",
                                       .example = "16GiB",
                                       .range = kMemoryRange}),
    word_field<&VmSpec::backing>(
        {.key = "backing",
         .documentation = "Where the memory comes from; hugetlb takes huge pages of the host.",
         .fallback = "memfd",
         .example = "memfd",
         .words = kBackings}),
    size_field<&VmSpec::folio_bytes>(
        {.key = "folio",
         .documentation = "Size of the folios that hold the guest memory.",
         .fallback = "2MiB",
         .example = "2MiB",
         .range = kFolioRange}),
    integer_field<&VmSpec::vcpus>({.key = "vcpus",
                                   .documentation = "Virtual processors.",
                                   .fallback = "1",
                                   .example = "8",
                                   .range = {1, 1024}}),
    duration_field<&VmSpec::write_every>(
        {.key = "write_every",
         .documentation = "How often each vCPU writes to guest memory.",
         .fallback = "1ms",
         .example = "500us",
         .range = {1, kLongestDuration}}),
    with(
        {.key = "devices",
         .documentation = "Endpoints that the guest drives by itself; each is a file of that name, "
                          "and with them the VM has the files NAME.iommu and NAME.kvm.",
         .fallback = "[]",
         .example = "[disk0]",
         .range = {0, kMostDevicesOfVm},
         .names = NameTable::endpoints},
        FieldKind::device_list, store_devices),
    mapping_field<&VmSpec::workload>({.key = "workload",
                                      .documentation = "What the guest does with its devices.",
                                      .fallback = "{ kind: verify-io }",
                                      .example = "{ kind: verify-io, queue_depth: 32 }",
                                      .nested = &kWorkloadType}),
    boolean_field<&VmSpec::injects_interrupts>(
        {.key = "injects_interrupts",
         .documentation = "The VMM injects every vector once before a restored guest goes on.",
         .fallback = "true",
         .example = "false"}),
    boolean_field<&VmSpec::posts_interrupts>(
        {.key = "posts_interrupts",
         .documentation = "Interrupts of its devices reach the guest without the kernel, through a "
                          "posted-interrupt descriptor in memory.",
         .fallback = "false",
         .example = "true"}),
    boolean_field<&VmSpec::seals>(
        {.key = "seals",
         .documentation = "The VMM seals the size of the memory before it maps it for devices.",
         .fallback = "true",
         .example = "false"}),
    copies_field<&VmSpec::name>({.key = "copies",
                                 .documentation = "Makes so many VMs, NAME-0, NAME-1 ...; "
                                                  "NAME stands for all of them.",
                                 .example = "1000",
                                 .range = {1, world::limits::kVms},
                                 .names = NameTable::vms}),
};

/// The folios of some kinds of memory are what they are.
bool check_fixed_folio(LoadContext& context, const Node& node, VmSpec& vm, std::uint64_t folio) {
  if (find_entry(node, "folio") == nullptr || vm.folio_bytes == folio) {
    vm.folio_bytes = folio;
    return true;
  }
  context.report(place_under(node, "folio"),
                 "the folios of " + vm.backing + " are of " + format_size(folio));
  return false;
}

void check_vm(LoadContext& context, Target target, const Node& node) {
  VmSpec& vm = *std::get<VmSpec*>(target);
  if (vm.backing == kGuestMemfd) {
    check_fixed_folio(context, node, vm, kPage);
    return;
  }
  if (vm.backing == kMemfd) {
    fit_folio(context, node, vm.folio_bytes, {{"memory", vm.memory_bytes}});
    return;
  }
  if (check_fixed_folio(context, node, vm, kHugePage) && vm.memory_bytes % kHugePage != 0) {
    context.report(place_under(node, "memory"),
                   "'memory' must be a whole number of huge pages (2MiB)");
  }
}

struct Kind {
  std::string_view word;
  WorkloadSpec::Kind kind;
};
constexpr std::array kKinds{Kind{"idle", WorkloadSpec::Kind::idle},
                            Kind{"verify-io", WorkloadSpec::Kind::verify_io},
                            Kind{"database", WorkloadSpec::Kind::database}};
constexpr std::array<std::string_view, kKinds.size()> kKindWords{kKinds[0].word, kKinds[1].word,
                                                                 kKinds[2].word};

void store_kind(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto word = read_word(context, field, node);
  for (const Kind& each : kKinds) {
    if (word == each.word) std::get<WorkloadSpec*>(target)->kind = each.kind;
  }
}

constexpr std::array kWorkloadFields{
    with({.key = "kind",
          .documentation = "idle: nothing; verify-io: reads and writes blocks and compares; "
                           "database: writes a log, flushes it, and believes what was flushed.",
          .fallback = "verify-io",
          .example = "verify-io",
          .words = kKindWords},
         FieldKind::word, store_kind),
    integer_field<&WorkloadSpec::queue_depth>(
        {.key = "queue_depth",
         .documentation = "Commands that are under way at a time, on each disk.",
         .fallback = "32",
         .example = "32",
         .range = {1, kMostQueueDepth}}),
    size_field<&WorkloadSpec::block_bytes>({.key = "block",
                                            .documentation = "What one command reads or writes.",
                                            .fallback = "4KiB",
                                            .example = "16KiB",
                                            .range = {kPage, kLargestBlock, kPage, false}}),
    integer_field<&WorkloadSpec::blocks>({.key = "blocks",
                                          .documentation = "Blocks of each disk that are used.",
                                          .fallback = "256",
                                          .example = "1024",
                                          .range = {1, kMostBlocks}}),
    integer_field<&WorkloadSpec::read_percent>(
        {.key = "read_percent",
         .documentation = "Of a hundred commands so many read.",
         .fallback = "50",
         .example = "70",
         .range = {0, kMostPercent}}),
    boolean_field<&WorkloadSpec::shadow_doorbells>(
        {.key = "shadow_doorbells",
         .documentation = "The drivers tell disks of commands in memory and ring when asked to.",
         .fallback = "false",
         .example = "true"}),
    boolean_field<&WorkloadSpec::waits_for_interrupts>(
        {.key = "interrupts",
         .documentation = "The drivers wait for interrupts; without them they poll.",
         .fallback = "true",
         .example = "false"}),
    duration_field<&WorkloadSpec::timeout>(
        {.key = "timeout",
         .documentation = "After it, a command that has not completed is looked for; 0s: never.",
         .fallback = "30s",
         .example = "5s",
         .range = {0, kLongestDuration}}),
};

constexpr std::array<std::string_view, 1> kKindKey{"kind"};

}  // namespace

constexpr MappingType kVmType{.name = "VM",
                              .documentation = "A guest; its memory is the file `NAME.memory`.",
                              .example = "{ memory: 16GiB, vcpus: 8 }",
                              .fields = kVmFields,
                              .check = check_vm};
constexpr MappingType kWorkloadType{.name = "workload",
                                    .documentation = "What a guest does with its devices.",
                                    .example = "{ kind: verify-io, queue_depth: 32 }",
                                    .fields = kWorkloadFields,
                                    .bare_word_keys = kKindKey};

}  // namespace luosim::app
