// SPDX-License-Identifier: Apache-2.0
//
// What happens to a controller as a whole: events of its lifecycle with what they take along, for
// the other files of this folder.
#pragma once

#include "model/device/context.hpp"
#include "model/device/nvme/controller.hpp"

namespace luosim::device::nvme {

/// Takes the edge of the lifecycle, if there is one, and leaves its record.
bool apply(Context& context, Controller& controller, ControllerEvent event);

/// The controller configuration register was written.
void write_configuration(Context& context, Controller& controller, std::uint32_t value);

/// The controller gives up: CSTS.CFS, no task of it goes on. The step that called must halt if it
/// is one of them.
void become_fatal(Context& context, Controller& controller);

/// Whether the firmware gives up where it is asked, as a fault says: then as become_fatal(). It is
/// asked whenever it fetches commands and whenever one is done.
bool firmware_gives_up(Context& context, Controller& controller);

/// Software's write to a doorbell is lost: the function decodes nothing for an instant.
inline constexpr sim::FaultSite kDoorbellFault{
    "device.doorbell",
    "a write to a doorbell of an NVMe controller is lost; :instance is the function", 1};

/// A request for a queue did not reach memory. False if that was fatal: then as become_fatal().
bool survives_lost_request(Context& context, Controller& controller);

/// The controller that a task with values {function, ., epoch} belongs to; null if it was reset
/// since, or is gone: then the task has nothing left to do.
Controller* controller_of_task(Context& context);

/// How long a task whose request did not leave waits, longer each time: it counts in local[2].
sim::Duration retry_after(sim::Frame& frame);
/// Whether another try makes sense: a function that may not send does not try, which nobody sees.
bool may_send(const Context& context, FunctionId function);

/// Starts a task of the controller's with values {function, number, epoch}.
sim::TaskId spawn_task(Context& context, const Controller& controller, const sim::Program& program,
                       std::uint64_t number, sim::Duration after);

extern const sim::Program kCommandProgram;
extern const sim::Program kFetchProgram;
extern const sim::Program kPostProgram;
extern const sim::Program kLifecycleProgram;

}  // namespace luosim::device::nvme
