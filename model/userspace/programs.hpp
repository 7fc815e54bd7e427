// SPDX-License-Identifier: Apache-2.0
//
// The programs of user space, and what the world calls when user space starts and stops.
#pragma once

#include <span>

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// An actor works through its script. values {actor}
inline constexpr sim::ProgramId kActorProgramId{sim::name_hash("user.actor")};
/// A VMM pauses, or starts or resumes, its guest. values {VM}
inline constexpr sim::ProgramId kPauseVm{sim::name_hash("user.pause_vm")};
inline constexpr sim::ProgramId kResumeVm{sim::name_hash("user.resume_vm")};
/// A VMM creates its guest anew and starts it. values {VM}; -EINVAL if the guest is there, -EBUSY
/// while files of it are open.
inline constexpr sim::ProgramId kStartVm{sim::name_hash("user.start_vm")};

inline constexpr sim::FaultSite kAgentCrashSite{
    "agent.crash", "the process of an actor dies instead of going on; :NAME is the actor", -1};
inline constexpr sim::FaultSite kVmmCrashSite{
    "vmm.crash", "a VMM dies instead of resuming its guest; :NAME is the VM", -1};
inline constexpr sim::FaultSite kForgetsVectorSite{
    "vmm.forgets_vector",
    "a VMM does not inject a vector before its restored guest goes on; :NAME is the device, each "
    "call one of its vectors",
    1};
inline constexpr sim::FaultSite kInjectsEarlySite{
    "vmm.injects_early",
    "a VMM injects its vectors before they have a way into the guest, where they are lost; :NAME "
    "is the VM",
    1};

std::span<const sim::Program* const> programs();

/// Lets every actor whose script has not ended go on in a new process.
void start_actors(Context& context);
/// The machine goes down under its processes: a call that was being made does not return, and the
/// script goes on behind it in the next kernel.
void leave_calls_in_progress(Context& context);
/// Creates the memory of every VM and starts its vCPUs: the first kernel's guests.
void start_first_vms(Context& context);
/// A process has a descriptor for a file of the scenario.
void hold(State& user, const Holding& holding);
/// Wakes the actors whose condition has come true.
void wake_who_waited(Context& context);
/// The machine goes down under its guests: those that run are stopped where they are.
void stop_guests_hard(Context& context);
/// Notes what every file contains before memory goes to the next kernel, and stops the guests.
void note_contents_at_jump(Context& context);
/// Compares what a file contains now with what it did when the machine jumped.
void compare_contents(Context& context, sim::Symbol file, kernel::FileId id);

bool holds(const Context& context, std::uint32_t actor, const Condition& condition);
bool all_scripts_have_ended(const Progress& progress, const Cast& cast);

}  // namespace luosim::userspace
