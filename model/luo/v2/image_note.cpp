// SPDX-License-Identifier: Apache-2.0
#include "model/luo/v2/image_note.hpp"

#include <algorithm>

#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

bool contains(const std::vector<sim::Symbol>& names, sim::Symbol name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool takes_over(const Context& context, std::uint32_t image) {
  if (image >= context.image_notes.size()) return true;  // it announces nothing
  const ImageNote& note = context.image_notes[image];
  const std::string compatible =
      note.compatible == sim::Symbol{} ? kTreeCompatible : context.names.text(note.compatible);
  if (!note.takes_over || compatible != tree_compatible(context)) return false;
  const State& luo = context.luo;
  const bool has_subsystems =
      std::all_of(luo.subsystems.begin(), luo.subsystems.end(), [&](std::uint32_t index) {
        return contains(note.subsystems, luo.subsystem_objects[index].name);
      });
  return has_subsystems &&
         std::all_of(luo.outgoing.begin(), luo.outgoing.end(), [&](const FileRecord& record) {
           return contains(note.handlers, luo.handler_objects[record.handler].compatible);
         });
}

bool next_image_has_handler(const Context& context, sim::Symbol compatible) {
  const std::size_t running = context.kernel.options.image;
  if (running >= context.image_notes.size()) return true;
  const std::size_t next = std::min(running + 1, context.image_notes.size() - 1);
  return contains(context.image_notes[next].handlers, compatible);
}

}  // namespace luosim::luo::v2
