// SPDX-License-Identifier: Apache-2.0
//
// The kernel's interrupt vectors: the remapping table in memory, and for each vector in use who is
// told. A kernel that has just booted has none, whatever its predecessor had; what arrives then is
// stray (devices.md, E.3).
#pragma once

#include <cstdint>
#include <vector>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/program.hpp"

namespace luosim::driver {
struct Context;
}

namespace luosim::driver::irq {

inline constexpr memory::OwnerName kTableOwner{"interrupt_table"};
inline constexpr memory::OwnerName kDescriptorOwner{"posted_descriptor"};  ///< number: VM

/// Entries of the remapping table, 16 pages of them, and the lowest that a device may get: those
/// below are exceptions of the processor.
inline constexpr std::uint32_t kVectors = 4096;
inline constexpr std::uint64_t kTablePages = 16;
inline constexpr std::uint32_t kFirstVector = 32;

// What is special about a vector.
inline constexpr std::uint16_t kHandedOver = 1;  ///< of the kernel before; nobody asked for it yet
inline constexpr std::uint16_t kRaised = 1U << 1;  ///< and it has interrupted meanwhile
inline constexpr std::uint16_t kPosted = 1U << 2;  ///< goes to a guest without the kernel

/// Who is told of a vector: a program with values {argument, argument_too}.
struct Vector {
  std::uint32_t is_used = 0;
  device::FunctionId function{};
  std::uint16_t entry = 0;  ///< of the function's MSI-X table
  std::uint16_t flags = 0;
  sim::ProgramId handler{};
  std::uint64_t argument = 0;  ///< posted: the VM, and the guest's vector
  std::uint64_t argument_too = 0;
  friend bool operator==(const Vector&, const Vector&) = default;
};

/// The page with the posted-interrupt descriptor of a VM, at its begin.
struct Descriptor {
  std::uint32_t vm = 0;
  std::uint32_t is_forgotten = 0;  ///< not preserved, by mistake
  memory::Pfn page{};
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

struct State {
  memory::PageRange table{};            ///< of the remapping table
  std::vector<Vector> vectors;          ///< by number, which is also the index in the table
  std::vector<Descriptor> descriptors;  ///< sorted by VM
  std::uint64_t stray = 0;              ///< interrupts that nobody had asked for
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

/// Sets up the vector of an MSI-X entry and writes and unmasks the entry; the function's MSI-X
/// stays as it is. An entry that has a vector keeps it and gets the new handler; one that was
/// handed over is not written at all, and an interrupt that came meanwhile is handled now. -ENOSPC,
/// -EINVAL for an entry that it lacks or a function that this kernel does not know.
std::int64_t request(Context& context, device::FunctionId function, std::uint16_t entry,
                     sim::ProgramId handler, std::uint64_t argument, std::uint64_t argument_too);
/// As request(), for a vector of a guest that hardware posts into the VM's descriptor, which is
/// made if it is not there. -ENOMEM besides.
std::int64_t request_posted(Context& context, device::FunctionId function, std::uint16_t entry,
                            std::uint32_t vm, std::uint8_t guest_vector);
/// Frees all vectors of a function and masks its entries.
void free_all(Context& context, device::FunctionId function);
/// The posted-interrupt descriptor of a VM, or address 0.
memory::PhysicalAddress descriptor_of(const State& state, std::uint32_t vm);
/// What hardware has posted for a VM since it was asked last, bit n for vector n; those from 64 on
/// are none of the model's guests. The next event sends a notification again.
std::uint64_t take_posted(Context& context, std::uint32_t vm);
/// The VM is gone. Its vectors must have been freed: what is posted later is written into memory of
/// somebody else (devices.md, G.4 row 78).
void free_descriptor(Context& context, std::uint32_t vm);

}  // namespace luosim::driver::irq
