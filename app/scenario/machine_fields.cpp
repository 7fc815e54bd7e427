// SPDX-License-Identifier: Apache-2.0
//
// Rows for what exists: the host, the kernels that can be booted, what takes part in the update
// inside of a kernel, files and VMs.
#include <array>
#include <string_view>

#include "app/scenario/field_store.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::FileSpec;
using world::HandlerSpec;
using world::HostSpec;
using world::KernelSpec;
using world::SubsystemSpec;
using world::VmSpec;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLargestFolio = 1ULL << 30;
constexpr std::uint64_t kCommandLineBytes = 2048;  // COMMAND_LINE_SIZE of x86
constexpr Range kMemoryRange{kPage, world::limits::kMemoryBytes, kPage, false};
constexpr Range kFolioRange{kPage, kLargestFolio, 1, true};
constexpr Range kContentRange{0, world::limits::kMemoryBytes, kPage, false};

constexpr std::array kHostFields{
    size_field<&HostSpec::memory_bytes>({.key = "memory",
                                         .documentation = "Physical memory of the machine.",
                                         .fallback = "64GiB",
                                         .example = "512GiB",
                                         .range = kMemoryRange}),
    size_field<&HostSpec::scratch_bytes>(
        {.key = "scratch",
         .documentation = "All KHO scratch areas together: memory that a new kernel boots in.",
         .fallback = "512MiB",
         .example = "1GiB",
         .range = kMemoryRange}),
    integer_field<&HostSpec::cpus>({.key = "cpus",
                                    .documentation = "Processors.",
                                    .fallback = "8",
                                    .example = "64",
                                    .range = {1, 8192}}),
    integer_field<&HostSpec::numa_nodes>(
        {.key = "numa_nodes",
         .documentation = "NUMA nodes; KHO makes two scratch areas more than there are nodes.",
         .fallback = "1",
         .example = "2",
         .range = {1, 64}}),
};

void check_host(LoadContext& context, Target target, const Node& node) {
  const HostSpec& host = *std::get<HostSpec*>(target);
  if (host.scratch_bytes < host.memory_bytes) return;
  context.report(find_entry(node, "scratch") != nullptr ? place_under(node, "scratch")
                                                        : place_under(node, "memory"),
                 "scratch (" + format_size(host.scratch_bytes) +
                     ") must be smaller than the memory of the host (" +
                     format_size(host.memory_bytes) + ")");
}

constexpr std::array<std::string_view, 2> kHandsOverWords{"always", "finalized"};

void store_hands_over(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto word = read_word(context, field, node);
  if (word) std::get<KernelSpec*>(target)->kho_only_if_finalized = *word == kHandsOverWords[1];
}

constexpr std::array kKernelFields{
    name_field<&KernelSpec::name>({.key = "name",
                                   .required = true,
                                   .documentation = "What scripts call this kernel.",
                                   .example = "old",
                                   .names = NameTable::kernels}),
    text_field<&KernelSpec::version>({.key = "version",
                                      .documentation = "What `uname -r` prints; it is only shown.",
                                      .example = "6.15-a",
                                      .range = {1, world::limits::kNameBytes}}),
    text_field<&KernelSpec::cmdline>({.key = "cmdline",
                                      .documentation = "The kernel command line.",
                                      .fallback = "kho=on liveupdate=on",
                                      .example = "\"kho=on liveupdate=on\"",
                                      .range = {0, kCommandLineBytes}}),
    with({.key = "config",
          .documentation = "Options that the kernel was built with.",
          .example = "{ debugfs: true }",
          .nested = &kKernelConfigType},
         FieldKind::mapping, store_into_same),
    with({.key = "speaks",
          .documentation = "What this kernel registers at boot; without it, all there is.",
          .example = "{ handlers: [memfd-v1] }",
          .nested = &kKernelSpeaksType},
         FieldKind::mapping, store_into_same),
    with({.key = "hands_over",
          .documentation = "When KHO gives its root to the next kernel: always, or only while it "
                           "is finalized.",
          .fallback = "always",
          .example = "finalized",
          .words = kHandsOverWords},
         FieldKind::word, store_hands_over),
};

constexpr std::array kKernelConfigFields{
    boolean_field<&KernelSpec::sysfs>({.key = "sysfs",
                                       .documentation = "CONFIG_LIVEUPDATE_SYSFS_API.",
                                       .fallback = "true",
                                       .example = "true"}),
    boolean_field<&KernelSpec::debugfs>({.key = "debugfs",
                                         .documentation = "CONFIG_KEXEC_HANDOVER_DEBUG.",
                                         .fallback = "false",
                                         .example = "true"}),
    boolean_field<&KernelSpec::selftests>({.key = "selftests",
                                           .documentation = "CONFIG_LIVEUPDATE_SELFTESTS.",
                                           .fallback = "false",
                                           .example = "true"}),
};

constexpr std::array kKernelSpeaksFields{
    reference_list_field<&KernelSpec::subsystems>(
        {.key = "subsystems",
         .documentation = "Subsystems in the order in which they register.",
         .example = "[a]",
         .range = {0, world::limits::kSubsystems},
         .names = NameTable::subsystems}),
    reference_list_field<&KernelSpec::handlers>(
        {.key = "handlers",
         .documentation = "File handlers in the order in which they register.",
         .example = "[memfd-v1]",
         .range = {0, world::limits::kHandlers},
         .names = NameTable::handlers}),
};

/// A callback that a participant may lack.
struct Callback {
  std::string_view word;
  bool world::CallbackSet::*member;
};

constexpr std::array kCallbacks{Callback{"prepare", &world::CallbackSet::prepare},
                                Callback{"freeze", &world::CallbackSet::freeze},
                                Callback{"cancel", &world::CallbackSet::cancel},
                                Callback{"finish", &world::CallbackSet::finish}};
constexpr std::array<std::string_view, kCallbacks.size()> kCallbackWords{
    kCallbacks[0].word, kCallbacks[1].word, kCallbacks[2].word, kCallbacks[3].word};

template <auto Member>
void store_without(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto words = read_word_list(context, field, node);
  if (!words) return;
  for (const std::string_view word : *words) {
    for (const Callback& callback : kCallbacks) {
      if (callback.word == word) member_of<Member>(target).*callback.member = false;
    }
  }
}

template <auto Member>
constexpr Field without_field() {
  return with({.key = "without",
               .documentation = "Callbacks that it does not have.",
               .example = "[freeze]",
               .words = kCallbackWords,
               .range = {0, kCallbacks.size()}},
              FieldKind::word_list, store_without<Member>);
}

constexpr std::array kSubsystemFields{
    name_field<&SubsystemSpec::name>({.key = "name",
                                      .required = true,
                                      .documentation = "What it registers as.",
                                      .example = "a",
                                      .names = NameTable::subsystems}),
    without_field<&SubsystemSpec::callbacks>(),
    boolean_field<&SubsystemSpec::preserves_page>(
        {.key = "preserves_page",
         .documentation = "Its prepare allocates a page and preserves it.",
         .fallback = "false",
         .example = "true"}),
};

constexpr std::array<std::string_view, 1> kAnyType{"*"};
constexpr std::string_view kMemfd = "memfd";

constexpr std::array kHandlerFields{
    name_field<&HandlerSpec::compatible>(
        {.key = "compatible",
         .required = true,
         .documentation = "The string that it writes to the handover tree.",
         .example = "memfd-v1",
         .names = NameTable::handlers}),
    name_field<&HandlerSpec::accepts>(
        {.key = "accepts",
         .required = true,
         .documentation = "The type of files that it takes: memfd, a type of test files, or `*`.",
         .example = "memfd",
         .words = kAnyType}),
    without_field<&HandlerSpec::callbacks>(),
    boolean_field<&HandlerSpec::preserves_page>(
        {.key = "preserves_page",
         .documentation = "Its prepare preserves a page of its own; not for memfd.",
         .fallback = "false",
         .example = "true"}),
};

void check_handler(LoadContext& context, Target target, const Node& node) {
  const HandlerSpec& handler = *std::get<HandlerSpec*>(target);
  if (handler.accepts != kMemfd || !handler.preserves_page) return;
  context.report(place_under(node, "preserves_page"),
                 "a handler that accepts memfd has no page of its own");
}

constexpr std::array kFileFields{
    name_field<&FileSpec::type>({.key = "type",
                                 .documentation = "memfd, or the type of a test file.",
                                 .fallback = "memfd",
                                 .example = "memfd"}),
    size_field<&FileSpec::size_bytes>({.key = "size",
                                       .documentation = "Size of a memfd, which must have one.",
                                       .example = "8GiB",
                                       .range = kContentRange}),
    size_field<&FileSpec::folio_bytes>(
        {.key = "folio",
         .documentation = "Size of the folios that hold the contents of a memfd.",
         .fallback = "2MiB",
         .example = "2MiB",
         .range = kFolioRange}),
    size_field<&FileSpec::hole_bytes>(
        {.key = "hole",
         .documentation = "The tail of a memfd that nobody has written to.",
         .fallback = "0",
         .example = "1GiB",
         .range = kContentRange}),
};

void check_file(LoadContext& context, Target target, const Node& node) {
  const FileSpec& file = *std::get<FileSpec*>(target);
  if (file.type == kMemfd && find_entry(node, "size") == nullptr) {
    context.report(node.place, "a memfd needs a size", "as in 'size: 8GiB'");
  }
  if (file.hole_bytes > file.size_bytes) {
    context.report(place_under(node, "hole"), "the hole (" + format_size(file.hole_bytes) +
                                                  ") is larger than the file (" +
                                                  format_size(file.size_bytes) + ")");
  }
  if (file.type == kMemfd) return;
  for (const Entry& entry : node.entries) {
    if (entry.key == "type") continue;
    context.report(entry.key_place, "only a memfd has a '" + entry.key + "'");
  }
}

constexpr std::array kVmFields{
    size_field<&VmSpec::memory_bytes>({.key = "memory",
                                       .documentation = "Memory of the guest.",
                                       .fallback = "1GiB",
                                       .example = "16GiB",
                                       .range = kMemoryRange}),
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
};

constexpr std::array<std::string_view, 1> kSubsystemWord{"name"};
constexpr std::array<std::string_view, 2> kHandlerWord{"compatible", "accepts"};

}  // namespace

constexpr MappingType kHostType{.name = "host",
                                .documentation = "The machine: what survives a kexec.",
                                .example = "{ memory: 512GiB, scratch: 1GiB }",
                                .fields = kHostFields,
                                .check = check_host};
constexpr MappingType kKernelType{
    .name = "kernel",
    .documentation = "A kernel that can be booted; the first of the list is the running one.",
    .example = "{ name: old, version: 6.15-a }",
    .fields = kKernelFields};
constexpr MappingType kKernelConfigType{.name = "config",
                                        .documentation = "Options that a kernel was built with.",
                                        .example = "{ debugfs: true }",
                                        .fields = kKernelConfigFields};
constexpr MappingType kKernelSpeaksType{.name = "registration",
                                        .documentation = "What a kernel registers at boot.",
                                        .example = "{ handlers: [memfd-v1] }",
                                        .fields = kKernelSpeaksFields};
constexpr MappingType kSubsystemType{
    .name = "subsystem",
    .documentation = "A part of the kernel that hands one 64-bit word to its successor.",
    .example = "{ name: a, without: [freeze] }",
    .fields = kSubsystemFields,
    .bare_word_keys = kSubsystemWord};
constexpr MappingType kHandlerType{.name = "handler",
                                   .documentation = "What carries files of one type over.",
                                   .example = "{ compatible: memfd-v1, accepts: memfd }",
                                   .fields = kHandlerFields,
                                   .bare_word_keys = kHandlerWord,
                                   .check = check_handler};
constexpr MappingType kFileType{
    .name = "file",
    .documentation = "A file that the agent holds open when the story begins.",
    .example = "{ type: memfd, size: 8GiB }",
    .fields = kFileFields,
    .check = check_file};
constexpr MappingType kVmType{.name = "VM",
                              .documentation = "A guest; its memory is the memfd `NAME.memory`.",
                              .example = "{ memory: 16GiB, vcpus: 8 }",
                              .fields = kVmFields};

}  // namespace luosim::app
