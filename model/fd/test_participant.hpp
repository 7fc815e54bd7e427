// SPDX-License-Identifier: Apache-2.0
//
// The programmable participant: a subsystem or a file handler that does what a test or a scenario
// tells it, fails where a fault site says so, and writes data words that show who called it how
// often. With `preserves_page` it behaves like a real one: its word is the address of a page that
// it tags and preserves, and whose tag it looks for in the next kernel.
#pragma once

#include "model/fd/state.hpp"

namespace luosim::fd {

/// Allocations of the test participant, for the fault site mm.alloc.
inline constexpr memory::OwnerName kTestPageOwner{"part_page"};
inline constexpr std::string_view kTestObject = "participant";

extern const luo::ParticipantType kTestParticipantType;
std::span<const sim::Program* const> test_participant_programs();

/// Kernel code that preserves one page outside of any callback: 0 or what KHO answered.
inline constexpr sim::ProgramId kPreservePage{sim::name_hash("test.preserve_page")};

/// Another KHO client; values {index of the client, event}.
inline constexpr sim::ProgramId kTestClientNotify{sim::name_hash("test.kho_client")};
inline constexpr sim::FaultSite kClientFinalizeSite{
    "kho.client.finalize", "another KHO client refuses to finalize; :NAME is the client", -5};
inline constexpr sim::FaultSite kClientAbortSite{
    "kho.client.abort", "another KHO client refuses to abort; :NAME is the client", -16};

/// Creates the object of a subsystem or handler in the running kernel (not registered yet).
std::uint32_t add_test_subsystem(Context& context, const TestParticipant& participant,
                                 luo::CallbackMask callbacks);
std::uint32_t add_test_handler(Context& context, const TestParticipant& participant,
                               luo::CallbackMask callbacks);

}  // namespace luosim::fd
