// SPDX-License-Identifier: Apache-2.0
//
// Rows for what exists before any update: the host, the kernels that can be booted, and files.
#include <array>
#include <string>
#include <string_view>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/folios.hpp"
#include "app/scenario/scenario_types.hpp"
#include "model/kernel/boot_options.hpp"

namespace luosim::app {
namespace {

using world::FileSpec;
using world::HostSpec;
using world::KernelSpec;

constexpr std::uint64_t kCommandLineBytes = 2048;  // COMMAND_LINE_SIZE of x86
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
    integer_field<&HostSpec::hugepages>(
        {.key = "hugepages",
         .documentation = "Huge pages of 2MiB that a kernel sets aside when it boots.",
         .fallback = "0",
         .example = "8192",
         .range = {0, world::limits::kMemoryBytes / kHugePage}}),
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
    text_field<&KernelSpec::compatible>(
        {.key = "compatible",
         .documentation = "The compatible string of the LUO tree that it writes and accepts.",
         .fallback = "luo-v1",
         .example = "luo-v2",
         .range = {1, world::limits::kNameBytes}}),
};

void check_kernel(LoadContext& context, Target target, const Node& node) {
  std::string wrong;
  if (kernel::parse_command_line(std::get<KernelSpec*>(target)->cmdline, wrong)) return;
  context.report(place_under(node, "cmdline"), quoted(wrong) + " is no boolean",
                 "as in 'kho=on liveupdate=off'");
}

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
    reference_list_field<&KernelSpec::later_subsystems>(
        {.key = "later_subsystems",
         .documentation = "Subsystems that the image announces and a script registers.",
         .example = "[b]",
         .range = {0, world::limits::kSubsystems},
         .names = NameTable::subsystems}),
    reference_list_field<&KernelSpec::later_handlers>(
        {.key = "later_handlers",
         .documentation = "File handlers that the image announces and a script registers.",
         .example = "[i]",
         .range = {0, world::limits::kHandlers},
         .names = NameTable::handlers}),
};

constexpr std::string_view kMemfd = "memfd";
constexpr std::string_view kCopies = "copies";

constexpr std::array kFileFields{
    name_field<&FileSpec::type>({.key = "type",
                                 .documentation = "memfd, eventfd, or the type of a test file.",
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
    copies_field<&FileSpec::name>({.key = kCopies,
                                   .documentation = "Makes so many files, NAME-0, NAME-1 ...; "
                                                    "NAME stands for all of them.",
                                   .example = "1000",
                                   .range = {1, world::limits::kFiles},
                                   .names = NameTable::files}),
};

void check_file(LoadContext& context, Target target, const Node& node) {
  FileSpec& file = *std::get<FileSpec*>(target);
  fit_folio(context, node, file.folio_bytes,
            {{"size", file.size_bytes}, {"hole", file.hole_bytes}});
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
    if (entry.key == "type" || entry.key == kCopies) continue;
    context.report(entry.key_place, "only a memfd has a '" + entry.key + "'");
  }
}

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
    .fields = kKernelFields,
    .check = check_kernel};
constexpr MappingType kKernelConfigType{.name = "config",
                                        .documentation = "Options that a kernel was built with.",
                                        .example = "{ debugfs: true }",
                                        .fields = kKernelConfigFields};
constexpr MappingType kKernelSpeaksType{.name = "registration",
                                        .documentation = "What a kernel registers at boot.",
                                        .example = "{ handlers: [memfd-v1] }",
                                        .fields = kKernelSpeaksFields};
constexpr MappingType kFileType{
    .name = "file",
    .documentation = "A file that the agent holds open when the story begins.",
    .example = "{ type: memfd, size: 8GiB }",
    .fields = kFileFields,
    .check = check_file};

}  // namespace luosim::app
