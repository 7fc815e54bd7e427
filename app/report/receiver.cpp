// SPDX-License-Identifier: Apache-2.0
#include "app/report/receiver.hpp"

namespace luosim::app {

namespace {

using userspace::Verb;

struct VerbRow {
  Verb verb;
  Receiver receiver;
};
// What is not listed goes to the kernel at large.
constexpr VerbRow kRows[] = {
    {Verb::preserve, Receiver::luo},
    {Verb::unpreserve, Receiver::luo},
    {Verb::restore, Receiver::luo},
    {Verb::prepare, Receiver::luo},
    {Verb::freeze, Receiver::luo},
    {Verb::cancel, Receiver::luo},
    {Verb::finish, Receiver::luo},
    {Verb::get_state, Receiver::luo},
    {Verb::read_sysfs, Receiver::luo},
    {Verb::register_subsystem, Receiver::luo},
    {Verb::unregister_subsystem, Receiver::luo},
    {Verb::register_handler, Receiver::luo},
    {Verb::unregister_handler, Receiver::luo},
    {Verb::kho_finalize, Receiver::kho},
    {Verb::kho_abort, Receiver::kho},
    {Verb::debugfs_finalize, Receiver::kho},
    {Verb::preserve_page, Receiver::kho},
    {Verb::pause, Receiver::vm},
    {Verb::resume, Receiver::vm},
    {Verb::start, Receiver::vm},
    {Verb::reset_device, Receiver::device},
    {Verb::suspend_device, Receiver::device},
    {Verb::remove_device, Receiver::device},
    {Verb::insert_device, Receiver::device},
    {Verb::sleep, Receiver::nobody},
};

}  // namespace

Receiver receiver_of(Verb verb) {
  for (const VerbRow& row : kRows)
    if (row.verb == verb) return row.receiver;
  return Receiver::kernel;
}

}  // namespace luosim::app
