// SPDX-License-Identifier: Apache-2.0
//
// What a scenario says, after its file was read and checked: what exists, what people do, what
// goes wrong, and what must be true. Plain values without a file format: app/scenario fills them
// from YAML, tests fill them by hand, and model/world builds the machine from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/time.hpp"

namespace luosim::world {

/// The machine: what survives a kexec.
struct HostSpec {
  std::uint64_t memory_bytes = 64ULL << 30;    ///< physical memory, a multiple of 4 KiB
  std::uint64_t scratch_bytes = 512ULL << 20;  ///< all KHO scratch areas together
  std::uint32_t numa_nodes = 1;                ///< 1 to 64; KHO makes (nodes + 2) scratch areas
  std::uint32_t cpus = 8;                      ///< 1 to 8192
  std::uint64_t hugepages = 0;                 ///< of 2 MiB, set aside at each boot
};

/// One kernel image that can be booted. The first of the list is the one that is running.
struct KernelSpec {
  std::string name;     ///< what scripts call it
  std::string version;  ///< what `uname -r` would print; shown only
  std::string cmdline = "kho=on liveupdate=on";
  bool sysfs = true;                  ///< CONFIG_LIVEUPDATE_SYSFS_API
  bool debugfs = false;               ///< CONFIG_KEXEC_HANDOVER_DEBUG
  bool selftests = false;             ///< CONFIG_LIVEUPDATE_SELFTESTS
  std::string compatible = "luo-v1";  ///< of the LUO tree that it writes and accepts
  /// Names of the subsystems and handlers that this kernel registers at boot, in this order;
  /// empty optional: all that the scenario has.
  std::optional<std::vector<std::string>> subsystems;
  std::optional<std::vector<std::string>> handlers;
  /// Those that the image has and announces, but that register only when a script says so.
  std::optional<std::vector<std::string>> later_subsystems;
  std::optional<std::vector<std::string>> later_handlers;
};

/// Callbacks that a participant may lack, as bits; the others are always there.
struct CallbackSet {
  bool prepare = true;
  bool freeze = true;
  bool cancel = true;
  bool finish = true;
};

/// A kernel subsystem that takes part in the update with one 64-bit word.
struct SubsystemSpec {
  std::string name;
  std::string type = "test";  ///< `test`, or what hands devices over: `pci`, `iommu`, `hugetlb`
  CallbackSet callbacks;
  bool preserves_page = false;       ///< prepare allocates, tags and preserves a page of its own
  bool preserves_in_freeze = false;  ///< freeze allocates and preserves one more
  std::string reenters;  ///< callback that calls the registration interface; empty: none
};

/// A file handler ("filesystem" in RFC v2). `memfd`, `iommufd`, `vfio`, `kvm`, `guest_memfd` and
/// `hugetlb` are the real ones; any other type is the programmable test handler, which accepts test
/// files of that type.
struct HandlerSpec {
  std::string compatible;  ///< the string that is written to the handover tree
  std::string accepts;     ///< file type; `*` accepts any
  CallbackSet callbacks;
  bool preserves_page = false;       ///< test handler only
  bool preserves_in_freeze = false;  ///< test handler only
  std::string reenters;              ///< test handler only, as of a subsystem
};

/// Another client of KHO's notifier chain, which adds subtrees of its own when KHO is finalized.
struct KhoClientSpec {
  std::string name;
  std::int32_t priority = 0;   ///< higher is told earlier; LUO has 0 and comes before equals
  std::uint32_t subtrees = 0;  ///< 0 to 1024
};

/// A file that exists when the first kernel has booted, held open by the agent.
struct FileSpec {
  std::string name;
  std::string type = "memfd";              ///< `memfd`, or the type of a test file
  std::uint64_t size_bytes = 0;            ///< memfd only, a multiple of 4 KiB
  std::uint64_t folio_bytes = 2ULL << 20;  ///< memfd only: 4KiB .. 1GiB, a power of two
  std::uint64_t hole_bytes = 0;            ///< memfd only: the tail that was never written
};

/// A PCIe function. Endpoints that are behind no port of the scenario get a root port of their own,
/// `<name>.port`.
struct DeviceSpec {
  enum class Type : std::uint8_t { root_port, switch_upstream, switch_downstream, nvme, nic };
  std::string name;
  Type type = Type::nvme;
  std::string behind;                ///< name of a port; empty: a root port of its own, or the root
  std::optional<std::uint16_t> bdf;  ///< as firmware numbers it; of ports: their own
  std::string driver;                ///< `vfio-pci`, `nvme`, `nic`, `none`; empty: by who has it
  std::uint64_t size_bytes = 1ULL << 40;  ///< nvme: of the namespace
  bool write_cache = true;                ///< nvme: acknowledges writes before they are durable
  bool stalls = false;  ///< nvme: waits while it cannot reach memory, does not give up
  bool remembers_interrupts = false;    ///< events while MSI-X is off set its pending bits
  std::uint16_t virtual_functions = 0;  ///< nvme: `<name>.vf0` ... are there and enabled at boot
  sim::Duration frame_every{};          ///< nic: mean distance of frames that come in; 0: none
};

/// What a guest does with its devices.
struct WorkloadSpec {
  enum class Kind : std::uint8_t {
    idle,       ///< sets its devices up and does nothing
    verify_io,  ///< reads and writes blocks, and compares what it reads with what it wrote
    database,   ///< writes a log, flushes it, and believes what was flushed
  };
  Kind kind = Kind::verify_io;
  std::uint32_t queue_depth = 32;    ///< 1 to 1024 commands at a time and disk
  std::uint64_t block_bytes = 4096;  ///< of each command: 4 KiB to 512 KiB
  std::uint32_t blocks = 256;        ///< that it uses of each disk, 1 to 65536
  std::uint32_t read_percent = 50;
  bool waits_for_interrupts = true;          ///< false: polls
  bool shadow_doorbells = false;             ///< tells the disk of commands in memory, if it can
  sim::Duration timeout = sim::seconds(30);  ///< after it a command is looked for
};

/// A guest: one VMM process, its memory in a file called `<vm>.memory`, vCPUs that write to it.
/// With devices it has an address space `<vm>.iommu` and a virtual machine `<vm>.kvm` besides.
struct VmSpec {
  std::string name;
  std::uint64_t memory_bytes = 1ULL << 30;
  std::uint64_t folio_bytes = 2ULL << 20;
  std::uint32_t vcpus = 1;                           ///< 1 to 1024
  sim::Duration write_every = sim::milliseconds(1);  ///< each vCPU writes to guest memory so often
  std::string backing = "memfd";                     ///< `memfd`, `hugetlb` or `guest_memfd`
  std::vector<std::string> devices;                  ///< endpoints that it drives by itself
  WorkloadSpec workload;
  bool injects_interrupts = true;  ///< the VMM injects every vector before a restored guest goes on
  bool posts_interrupts = false;   ///< vectors of its devices are posted into its descriptor
  bool seals = true;               ///< the VMM seals the size of the memory before it maps it
};

/// What an actor can do; one entry of a script.
enum class Verb : std::uint8_t {
  preserve,              ///< FILE...   FD_PRESERVE each
  unpreserve,            ///< FILE...   FD_UNPRESERVE the token that FILE was preserved under
  restore,               ///< FILE...   FD_RESTORE the token that FILE was preserved under
  prepare,               ///< EVENT_PREPARE
  freeze,                ///< EVENT_FREEZE
  cancel,                ///< EVENT_CANCEL
  finish,                ///< EVENT_FINISH
  state,                 ///< GET_STATE
  read_sysfs,            ///< read /sys/kernel/liveupdate/state
  reboot,                ///< `kexec [KERNEL]`, `kexec-without-image`, `cold [KERNEL]`
  pause,                 ///< VM...     stop its vCPUs
  resume,                ///< VM...     start or go on; in a new kernel: once its memory is back
  write,                 ///< FILE      change the contents
  close,                 ///< FILE      close the descriptor
  kho_finalize,          ///< in-kernel kho_finalize()
  kho_abort,             ///< in-kernel kho_abort()
  debugfs_finalize,      ///< `0` or `1`, write to kho/out/finalize
  register_subsystem,    ///< NAME
  unregister_subsystem,  ///< NAME
  register_handler,      ///< COMPATIBLE
  unregister_handler,    ///< COMPATIBLE
  preserve_page,         ///< other kernel code preserves a page with KHO
  kill,                  ///< ACTOR|VM  SIGKILL: an interruptible wait ends, the process dies
  bind,                  ///< DEVICE DRIVER   sysfs
  unbind,                ///< DEVICE...       sysfs
  map,                   ///< VM...     maps more memory for its devices
  unmap,                 ///< VM...     unmaps that again
  resize,                ///< FILE...   halves the size of a memfd
  interrupts_off,        ///< VM...     its devices interrupt no more
  reset_device,          ///< DEVICE... VFIO_DEVICE_RESET
  suspend_device,        ///< DEVICE... its power state becomes D3hot
  remove_device,         ///< DEVICE... pulled out of its slot
  insert_device,         ///< DEVICE... another card of the same kind is put in
  sleep,                 ///< DURATION
  start,                 ///< VM...     creates it anew, with empty memory
};

/// When an entry may start, besides "after the entry before it".
struct Timing {
  enum class Kind : std::uint8_t {
    in_turn,   ///< as soon as the entry before it has ended
    absolute,  ///< `at: 5ms`: not before this time since the start
    relative,  ///< `at: +5ms`: this long after the entry before it ended
  };
  Kind kind = Kind::in_turn;
  sim::Duration value{};
};

/// `after:`: something that must have happened first.
struct Awaited {
  enum class Kind : std::uint8_t { nothing, phase, label, boot, paused, resumed };
  Kind kind = Kind::nothing;
  std::string argument;  ///< phase word, label of an entry, name of a kernel or VM
};

/// `when:`: the entry is skipped unless this holds at its turn.
struct Condition {
  enum class Kind : std::uint8_t { always, phase, last_failed, last_succeeded, kernel };
  Kind kind = Kind::always;
  std::string argument;  ///< phase word or name of a kernel
};

/// What the entry must answer. The default is success.
struct ExpectedResult {
  enum class Kind : std::uint8_t { success, any, failure };
  Kind kind = Kind::success;
  std::int32_t errno_value = 0;  ///< for failure: positive errno, 0 means "any errno"
};

/// Where something stands in the scenario file, for messages of the run. 1-based.
struct SourcePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct ScriptEntry {
  Verb verb = Verb::state;
  std::vector<std::string> arguments;
  sim::Duration duration{};  ///< of `sleep`
  std::uint32_t flags = 0;   ///< of `preserve`: liveupdate_fd.flags, which must be 0
  Timing at;
  Awaited after;
  Condition when;
  ExpectedResult expect;
  std::string label;  ///< for `after:` of others; empty: none
  SourcePlace place;
};

/// Any of these calls, at any time, in any order, whatever they answer.
struct FreeSpec {
  std::vector<ScriptEntry> ops;          ///< each argument that is a name is a call of its own
  std::optional<std::uint32_t> max;      ///< calls that the actor makes at most
  std::optional<std::uint32_t> reboots;  ///< it asks for no more once the machine made so many
};

/// A process with a script, or one that is free. The first actor is the agent; it owns the files of
/// the scenario. A script goes on in the next kernel, in a new process that knows only the tokens
/// that the agent wrote to its disk.
struct ActorSpec {
  std::string name;
  std::vector<ScriptEntry> script;
  std::optional<FreeSpec> free = std::nullopt;
};

/// Something that goes wrong, by the name of its site (`luosim explain faults`).
struct FaultSpec {
  std::string site;                   ///< `mm.alloc:new_chunk`, `luo.file.freeze:disk0` ...
  std::uint32_t nth = 1;              ///< the first call that fails, counted from 1
  std::uint32_t times = 1;            ///< how many calls in a row; 0: all from nth on
  std::optional<std::int32_t> value;  ///< what the call returns: -errno or a number; none: its own
  std::optional<sim::SimTime> from;   ///< only calls in this window are counted
  std::optional<sim::SimTime> until;
  std::uint32_t per_million = 1'000'000;  ///< chance of each counted call to fail
  SourcePlace place;
};

/// Some steps in a row of one task, known by its name; of several of one name the one with the
/// lowest number.
struct OrderSpec {
  std::string task;
  std::uint32_t steps = 1;
  std::uint32_t which = 1;
};

/// What must be true at the end.
struct Expectation {
  enum class Kind : std::uint8_t {
    phase,     ///< argument: normal, prepared, frozen, updated
    machine,   ///< argument: running, panic, oops, deadlock, undefined; subject: why it panicked
    memory,    ///< subject: VM or file; argument: intact or lost
    metric,    ///< subject: name; at_least and at_most
    kernel,    ///< argument: name of the running kernel
    violated,  ///< argument: guarantee
    held,      ///< argument: guarantee
  };
  Kind kind = Kind::phase;
  std::string subject;
  std::string argument;
  std::optional<std::int64_t> at_least;
  std::optional<std::int64_t> at_most;
  std::string protocol;  ///< `on:`: judged only under this protocol; empty: under each
  SourcePlace place;
};

/// A correction or a design choice of the protocol that the scenario sets itself
/// (`luosim explain knobs`).
struct KnobSetting {
  std::string name;
  std::string value;  ///< one of the knob's words; `true` and `false` for a correction
  SourcePlace place;
};

/// A duration of the timing model that the scenario sets itself, by its key in `kTimingKeys`.
struct TimingOverride {
  std::string key;
  sim::Duration value{};
};

struct Scenario {
  std::string title;
  std::string protocol = "luo-v2";
  std::vector<KnobSetting> knobs;
  HostSpec host;
  std::vector<KernelSpec> kernels;
  std::vector<SubsystemSpec> subsystems;
  std::vector<HandlerSpec> handlers;
  std::vector<KhoClientSpec> kho_clients;
  std::vector<FileSpec> files;
  std::vector<DeviceSpec> devices;
  std::vector<VmSpec> vms;
  std::vector<ActorSpec> actors;
  std::vector<TimingOverride> timing;
  std::vector<FaultSpec> faults;
  std::vector<OrderSpec> order;  ///< of the first steps; then time decides
  std::vector<Expectation> expectations;
};

/// Upper limits of a scenario: a file that asks for more is refused, so that no input can exhaust
/// memory.
namespace limits {
inline constexpr std::uint64_t kMemoryBytes = 1ULL << 46;  // 64 TiB
inline constexpr std::uint64_t kFolios = 3ULL << 30;       // 12 TiB of 4 KiB; each is a bit
inline constexpr std::size_t kFiles = 40'000;
inline constexpr std::size_t kVms = 8'192;
inline constexpr std::size_t kDevices = 4'096;
inline constexpr std::size_t kSubsystems = 4'096;
inline constexpr std::size_t kHandlers = 4'096;
inline constexpr std::size_t kActors = 256;
inline constexpr std::size_t kScriptEntries = 100'000;
inline constexpr std::size_t kFreeOps = 1'000;          // of one actor, as they are written
inline constexpr std::uint64_t kFreeCalls = 1'000'000;  // its `max`
inline constexpr std::size_t kFaults = 10'000;
inline constexpr std::uint64_t kOrderSteps = 1'000'000;  // of one part of an order
inline constexpr std::size_t kNameBytes = 256;
inline constexpr std::size_t kKernels = 64;
inline constexpr std::size_t kKhoClients = 256;
inline constexpr std::size_t kCases = 10'000;  // of one file with a matrix
}  // namespace limits

}  // namespace luosim::world
