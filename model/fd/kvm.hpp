// SPDX-License-Identifier: Apache-2.0
//
// kvm: a virtual machine as a file, as far as interrupts reach it (devices.md, B.8 and E.3). An
// interrupt for a guest that runs is delivered; for one that is stopped it stays pending here and
// is saved with the vCPU state; for one that is gone it is lost.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kKvmRecordOwner{"kvm_record"};
/// The function that makes one, for mm.alloc.
inline constexpr std::string_view kKvmObject = "kvm_create_vm";

/// What is handed over is what a virtual machine is, not what happens in it: the next kernel gets
/// one that is stopped and has no vector pending. Pending vectors are lost unless the VMM saves
/// them with the vCPU state. Kvm::vm of one that came over is a number that stood in memory:
/// whoever looks a guest up by it checks that there is such a guest.
extern const luo::ParticipantType kKvmType;
std::span<const sim::Program* const> kvm_programs();

/// A virtual machine for the guest with this number in the scenario, stopped.
std::optional<kernel::FileId> create_kvm(Context& context, sim::Symbol name, std::uint32_t vm);
void release_kvm(Context& context, std::uint32_t object);

/// The handler of a device's vector: values {kvm object, vector}. Also what a VMM does that injects
/// an interrupt by itself: values[2] is 1 then.
inline constexpr sim::ProgramId kInject{sim::name_hash("kvm.inject")};

/// Takes over what hardware has posted for the guest (devices.md, E.4). A notification does it, and
/// whoever begins to listen has to, for those that nobody heard.
void sync_posted(Context& context, std::uint32_t object);

/// The bit of a vector among pending ones. Vectors from 64 on share the bits of those before: a
/// guest looks at every queue whose vector may have fired, and a look in vain does no harm
/// (devices.md, E.6).
constexpr std::uint64_t bit_of_vector(std::uint64_t vector) {
  return 1ULL << vector % 64;
}

/// A task of the guest waits for an interrupt: it is unparked by the next, or need not wait (false)
/// because one is pending. The pending vectors are taken either way when it goes on. A guest that
/// is stopped waits until it runs, whatever is pending. There is one such task: the last.
bool wait_for_interrupt(Context& context, std::uint32_t object, sim::TaskId task);
/// Lets the task that waits, if there is one, go on without an interrupt.
void wake_who_waits(Context& context, std::uint32_t object);
std::uint64_t take_pending(Context& context, std::uint32_t object);
/// Starts and stops vCPUs. While stopped, vectors stay pending; they are delivered when it starts.
void set_running(Context& context, std::uint32_t object, bool running);
/// KVM_GET_LAPIC and KVM_SET_LAPIC: pending vectors, bit n for vector n.
std::uint64_t pending_vectors(const Context& context, std::uint32_t object);
void set_pending_vectors(Context& context, std::uint32_t object, std::uint64_t vectors);

}  // namespace luosim::fd
