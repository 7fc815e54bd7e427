// SPDX-License-Identifier: Apache-2.0
//
// What a callback of a file handler finds in its frame (model/luo/participant.hpp), and the fault
// site that each of them asks first. The argument of a handler is the symbol of its compatible
// string.
#pragma once

#include <optional>
#include <string_view>

#include "model/fd/file_type.hpp"
#include "model/fd/state.hpp"

namespace luosim::fd {

inline kernel::FileId file_of_call(const Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[1])};
}

/// What the file's type numbers it by.
inline std::uint32_t object_of_call(const Context& context) {
  return context.kernel.files[file_of_call(context)].object;
}

inline bool is_of_type(const Context& context, kernel::FileId file, FileType type) {
  return context.kernel.files.is_live(file) &&
         context.kernel.files[file].type == static_cast<std::uint32_t>(type);
}

/// Empty if the call is about no file.
inline std::string_view file_name_of_call(const Context& context) {
  const kernel::FileId file = file_of_call(context);
  return file == kernel::kNoFile
             ? std::string_view()
             : std::string_view(context.names.text(context.kernel.files[file].name));
}

inline std::string_view handler_name_of_call(const Context& context) {
  return context.names.text({static_cast<std::uint32_t>(context.frame().values[0])});
}

/// Whether the call fails, by the file's name or the handler's.
inline std::optional<std::int32_t> fault_of_call(const Context& context,
                                                 const sim::FaultSite& site) {
  return context.fault(site, file_name_of_call(context), handler_name_of_call(context));
}

}  // namespace luosim::fd
