// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/deeds_of_people.hpp"

#include "model/device/record.hpp"
#include "model/guarantees/calls.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;

constexpr Verbs kDeeds =
    verbs(Verb::reset_device, Verb::remove_device, Verb::insert_device, Verb::close);

void note(Look& look, sim::Symbol device) {
  look.notes.set(kNotesOfDeeds | device.index, 1);
}

}  // namespace

bool note_deed(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == userspace::UserRecord::call_begins) {
    if (kDeeds.contain(verb_of(record)) && function_called(look.view, record.object))
      note(look, record.object);
    return true;
  }
  if (record.kind != device::DeviceRecord::presence_changed) return false;
  // What is below a port goes with it; virtual functions come and go by what a kernel writes.
  const auto kind = look.view.devices.pcie[function_of(record)].kind;
  if (kind != device::pcie::FunctionKind::virtual_function) note(look, record.subject);
  return true;
}

bool was_meddled_with(const Look& look) {
  return look.notes.find(kNotesOfDeeds | look.record.object.index).has_value();
}

}  // namespace luosim::guarantees
